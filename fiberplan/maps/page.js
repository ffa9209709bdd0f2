/* Draws the plan. Texts from the plan reach the page through textContent and setAttribute alone, never as HTML. */
(function () {
  "use strict";

  const plan = JSON.parse(document.getElementById("plan-data").textContent);
  const map = window[plan.map];
  const words = plan.words;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const byId = (id) => document.getElementById(id);

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /* A name that stands alone keeps its own direction and the page's side. */
  function named(tag, className, text) {
    const node = element(tag, className);
    node.append(element("bdi", "", text));
    return node;
  }

  /* Panes from the ground up. Only the cables receive pointer events, so that no canvas blocks another. */

  function pane(name, height) {
    const node = map.createPane(name);
    node.style.zIndex = height;
    node.style.pointerEvents = "none";
    return name;
  }

  function canvas(name, height) {
    return L.canvas({ pane: pane(name, height), padding: 0.3 });
  }

  const ground = canvas("ground", 310);
  const corridorLines = canvas("corridors", 320);
  const halo = canvas("halo", 330);
  const glow = canvas("glow", 335);
  const casing = canvas("casing", 340);
  const cables = L.canvas({ pane: "overlayPane", padding: 0.3, tolerance: 6 });
  pane("labels", 610);

  const line = (points, renderer, style) =>
    L.polyline(points, { renderer, pane: renderer.options.pane, interactive: false, lineJoin: "round", ...style });
  const area = (rings, renderer, style) =>
    L.polygon(rings, { renderer, pane: renderer.options.pane, interactive: false, ...style });
  const some = (list, make) => (list.length ? [make(list)] : []);

  const layers = {};
  for (const name of ["base", "corridors", "weak", "first", "second", "spur", "parks", "nodes", "sites"]) {
    layers[name] = L.layerGroup();
  }

  /* The ground. */

  const base = plan.base;
  for (const layer of [
    ...some(base.waterAreas, (list) => area(list, ground, { stroke: false, fillColor: "#cfe0ea", fillOpacity: 1 })),
    ...some(base.waterLines, (list) => line(list, ground, { color: "#bdd5e3", weight: 1.5 })),
    ...some(base.buildings, (list) => area(list, ground, { stroke: false, fillColor: "#e6e2d8", fillOpacity: 1 })),
    ...some(base.boundary, (list) => line(list, ground, { color: "#b9b3a5", weight: 1.5, dashArray: "8 4 2 4" })),
    ...some(base.roads, (list) => line(list, ground, { color: "#d6d1c5", weight: 5 })),
    ...some(base.roads, (list) => line(list, ground, { color: "#ffffff", weight: 3.5 })),
    ...some(base.railways, (list) => line(list, ground, { color: "#bcb8ae", weight: 3, lineCap: "butt" })),
    ...some(base.railways, (list) =>
      line(list, ground, { color: "#ffffff", weight: 1.5, dashArray: "8 8", lineCap: "butt" })),
  ]) {
    layers.base.addLayer(layer);
  }
  const isDense = base.corridors.length > 1000;
  for (const layer of some(base.corridors, (list) =>
    line(list, corridorLines, isDense ? { color: "#aab5bd", weight: 0.75 } : { color: "#98a4ae", weight: 1 }))) {
    layers.corridors.addLayer(layer);
  }

  /* The cables. A pale edge, one line for each width, separates them from the ground. */

  const drawn = plan.segments.map((segment) => {
    const thin = segment.layer === "spur";
    return L.polyline(segment.at, {
      renderer: cables,
      color: segment.colour,
      weight: thin ? Math.min(segment.width, 1.75) : segment.width,
      dashArray: thin ? null : segment.dash || null,
      lineCap: "round",
      lineJoin: "round",
      opacity: 1,
      bubblingMouseEvents: false,
    });
  });
  const edges = new Map();
  plan.segments.forEach((segment, number) => {
    const key = `${segment.layer} ${segment.width}`;
    if (!edges.has(key)) edges.set(key, []);
    edges.get(key).push(...segment.at);
    layers[segment.layer].addLayer(drawn[number]);
    drawn[number].on("mouseover", (event) => !pinned && showCard(segmentCard(segment), event.containerPoint));
    drawn[number].on("mousemove", (event) => !pinned && placeCard(event.containerPoint));
    drawn[number].on("mouseout", hideCard);
    drawn[number].on("click", (event) => {
      showCard(segmentCard(segment), event.containerPoint);
      pinned = true;
    });
  });
  for (const [key, lines] of edges) {
    const [name, width] = key.split(" ");
    if (name !== "spur") {
      layers[name].addLayer(line(lines, casing, { color: "#f6f5f1", weight: Number(width) + 3, opacity: 0.9 }));
    }
  }
  for (const segment of plan.segments.filter((entry) => entry.weak)) {
    layers.weak.addLayer(line(segment.at, halo, { color: "#c81e6e", opacity: 0.38, weight: segment.width + 12 }));
  }

  /* The sites, as markers that the keyboard reaches. */

  const symbols = byId("symbols").content;
  const sizes = { tier1: 27, tier2: 22, tier3: 21, unreached: 23, node: 25, site: 20 };

  function marker(entry, kind, name, height) {
    const icon = L.divIcon({
      className: "marker",
      html: symbols.querySelector(`.symbol-${kind}`).cloneNode(true),
      iconSize: [sizes[kind], sizes[kind]],
    });
    const pin = L.marker(entry.at, { icon, keyboard: true, riseOnHover: true, zIndexOffset: height, bubblingMouseEvents: false });
    pin.on("add", () => {
      const sign = pin.getElement();
      sign.setAttribute("aria-label", name);
      sign.addEventListener("focus", () => sign.matches(":focus-visible") && showAt(entry));
      sign.addEventListener("blur", hideCard);
      sign.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pin.fire("click");
      });
    });
    pin.on("mouseover", () => !pinned && showAt(entry));
    pin.on("mouseout", hideCard);
    return pin;
  }

  const showAt = (entry) => showCard(siteCard(entry), map.latLngToContainerPoint(entry.at));

  const parkMarkers = plan.parks.map((park, number) => {
    const pin = marker(park, park.reached ? `tier${park.tier}` : "unreached", park.name, 1000 - 100 * park.tier);
    pin.on("click", () => choose(number));
    layers.parks.addLayer(pin);
    return pin;
  });
  function pinOnClick(entry, pin) {
    pin.on("click", () => {
      showAt(entry);
      pinned = true;
    });
    return pin;
  }
  for (const node of plan.nodes) layers.nodes.addLayer(pinOnClick(node, marker(node, "node", node.name, 500)));
  for (const site of plan.sites) layers.sites.addLayer(pinOnClick(site, marker(site, "site", site.name, 0)));

  /* The card with the facts of one thing. */

  const card = byId("card");
  let pinned = false;

  function facts(rows) {
    const list = element("dl");
    for (const [label, value] of rows) list.append(element("dt", "", label), element("dd", "", value));
    return list;
  }

  function fill(entry, kind) {
    const parts = [named("h2", "", entry.name)];
    if (kind) parts.push(named("p", "kind", kind));
    parts.push(facts(entry.rows));
    if (entry.shares && entry.shares.length) {
      const list = element("dl", "shares");
      for (const [party, amount, share] of entry.shares) {
        list.append(named("dt", "", party), element("dd", "", amount), element("dd", "", share));
      }
      parts.push(list);
    }
    if (entry.foot && entry.foot.length) parts.push(facts(entry.foot));
    for (const note of entry.notes) parts.push(element("p", entry.weak ? "note weak" : "note", note));
    return parts;
  }

  const segmentCard = (segment) => fill(segment);
  const siteCard = (site) => fill(site, site.kind);

  function showCard(parts, point) {
    pinned = false;
    card.replaceChildren(...parts);
    card.hidden = false;
    placeCard(point);
  }

  function placeCard(point) {
    card.classList.toggle("docked", point === null);
    if (point === null) {
      card.style.transform = "translate(16px, 16px)";
      return;
    }
    const size = map.getSize();
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const gap = 18;
    let left = point.x + gap;
    if (left + width > size.x - 8) left = point.x - gap - width;
    let top = point.y - height / 2;
    if (left < 8) {
      left = Math.max(8, Math.min(point.x - width / 2, size.x - width - 8));
      top = point.y + gap + height > size.y - 8 ? point.y - gap - height : point.y + gap;
    }
    top = Math.max(8, Math.min(top, size.y - height - 8));
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  function hideCard() {
    if (!pinned) card.hidden = true;
  }

  function dropCard() {
    pinned = false;
    card.hidden = true;
  }

  /* Choosing a park shows its routes. */

  const list = byId("parks");
  const chosenRoutes = L.layerGroup().addTo(map);
  let chosen = null;

  function choose(number, { zoom = false } = {}) {
    const park = plan.parks[number];
    release();
    chosen = number;
    const used = new Set([...park.first, ...park.second]);
    drawn.forEach((layer, index) => layer.setStyle({ opacity: used.has(index) ? 1 : 0.28 }));
    for (const [numbers, opacity] of [[park.second, 0.5], [park.first, 0.95]]) {
      for (const index of numbers) {
        const width = plan.segments[index].width + 9;
        chosenRoutes.addLayer(line(plan.segments[index].at, glow, { color: "#ffcf33", weight: width, opacity }));
      }
    }
    mark(true);
    showCard(siteCard(park), null);
    pinned = true;
    if (zoom) {
      const points = [park.at, ...[...used].flatMap((index) => plan.segments[index].at.flat())];
      show(L.latLngBounds(points), 12, { corner: cornerBesideCard() });
    }
  }

  /* A chosen park's card is in the corner; its routes are shown in the space beside it. */
  function cornerBesideCard() {
    const size = map.getSize();
    if (size.x > 2 * card.offsetWidth) return [card.offsetWidth + 40, 48];
    return size.y - card.offsetHeight > 200 ? [36, card.offsetHeight + 32] : [36, 36];
  }

  function release() {
    if (chosen === null) return;
    drawn.forEach((layer) => layer.setStyle({ opacity: 1 }));
    chosenRoutes.clearLayers();
    mark(false);
    chosen = null;
  }

  function mark(on) {
    const button = list.querySelector(`[data-park="${chosen}"]`);
    button.setAttribute("aria-pressed", String(on));
    if (on && byId("park-section").open) button.scrollIntoView({ block: "nearest" });
    const sign = parkMarkers[chosen].getElement();
    if (sign) sign.classList.toggle("chosen", on);
  }

  function clear() {
    release();
    dropCard();
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    openSheet(false);
    const number = Number(button.dataset.park);
    if (number === chosen) clear();
    else choose(number, { zoom: true });
  });
  map.on("click", () => {
    clear();
    openSheet(false);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && clear());
  map.on("move zoom", () => {
    if (!card.hidden && !card.classList.contains("docked")) dropCard();
  });

  /* Names, as many as fit: backbone nodes first, then places, and parks once one is near. */

  const labels = [
    ...plan.nodes.map((entry) => ({ ...entry, className: "label node", layer: "nodes", from: 0, gap: 15 })),
    ...plan.places.map((entry) => ({ ...entry, className: "label", layer: "base", from: 0, gap: 7 })),
    ...plan.parks.map((entry) => ({ ...entry, className: "label park", layer: "parks", from: 10.5, gap: 12 })),
  ].map((label) => ({ ...label, sign: element("div", `${label.className} leaflet-zoom-hide`, label.name) }));
  for (const label of labels) map.getPane("labels").append(label.sign);
  const measure = document.createElement("canvas").getContext("2d");

  function measureLabels() {
    for (const label of labels) {
      const isNode = label.layer === "nodes";
      measure.font = `${isNode ? 600 : 400} ${isNode ? 14 : 12}px "fiberplan sans"`;
      label.size = [Math.ceil(measure.measureText(label.name).width) + 2, isNode ? 18 : 16];
    }
  }

  const apart = (a, b) => a[0] > b[2] || b[0] > a[2] || a[1] > b[3] || b[1] > a[3];

  function placeLabels() {
    map.getContainer().classList.toggle("far", map.getZoom() < 8.25);
    const taken = [];
    const names = [];
    for (const [entries, half] of [[plan.nodes, 11], [plan.parks, 8], [plan.sites, 7]]) {
      for (const entry of entries) {
        const at = map.latLngToLayerPoint(entry.at);
        taken.push([at.x - half, at.y - half, at.x + half, at.y + half]);
      }
    }
    for (const label of labels) {
      const [width, height] = label.size;
      const at = map.latLngToLayerPoint(label.at);
      const isTwice = names.some(([name, spot]) => name === label.name && spot.distanceTo(at) < 70);
      const spots = isTwice || map.getZoom() < label.from || !map.hasLayer(layers[label.layer]) ? [] : [
        [at.x - width / 2, at.y - label.gap - height],
        [at.x - width / 2, at.y + label.gap],
        [at.x + label.gap, at.y - height / 2],
        [at.x - label.gap - width, at.y - height / 2],
      ];
      const free = spots.find(([x, y]) => taken.every((box) => apart([x, y, x + width, y + height], box)));
      label.sign.hidden = !free;
      if (!free) continue;
      taken.push([free[0], free[1], free[0] + width, free[1] + height]);
      names.push([label.name, at]);
      label.sign.style.transform = `translate(${Math.round(free[0])}px, ${Math.round(free[1])}px)`;
    }
  }

  /* Controls: layers, zoom, scale, source. */

  if (plan.tiles) layers.tiles = L.tileLayer(plan.tiles.url, { maxZoom: 19, opacity: 0.6 });

  for (const box of document.querySelectorAll("[data-layer]")) {
    const name = box.dataset.layer;
    const set = () => {
      if (box.checked) layers[name].addTo(map);
      else layers[name].remove();
      if (name === "tiles") {
        map.getContainer().classList.toggle("with-tiles", box.checked);
        writeSource();
      }
    };
    box.addEventListener("change", () => {
      set();
      placeLabels();
    });
    layers[name].switch = set;
  }

  const scale = L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 });
  scale._updateMetric = function (metres) {
    const round = this._getRoundNum(metres);
    const text = round < 1000 ? `${round} ${words.m}` : `${round / 1000} ${words.km}`;
    this._mScale.dir = document.documentElement.dir;
    const own = text.replace(/\d/g, (digit) => words.digits[digit]);
    this._updateScale(this._mScale, own, round / metres);
  };

  L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const bar = element("div", "leaflet-bar");
    const link = element("a");
    link.href = "#";
    link.title = words.whole_plan;
    link.setAttribute("role", "button");
    link.setAttribute("aria-label", words.whole_plan);
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sign.setAttribute("viewBox", "0 0 16 16");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4");
    sign.append(path);
    link.append(sign);
    bar.append(link);
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.on(link, "click", (event) => {
      L.DomEvent.preventDefault(event);
      clear();
      showPlan();
    });
    return bar;
  };
  home.addTo(map);

  const source = element("div", "source");
  function writeSource() {
    const isOn = plan.tiles && map.hasLayer(layers.tiles);
    source.textContent = [plan.credit, isOn ? plan.tiles.credit : ""].filter(Boolean).join(" ");
    source.dir = document.documentElement.dir;
    source.hidden = !source.textContent;
  }
  const corner = L.control({ position: "bottomright" });
  corner.onAdd = () => source;
  corner.addTo(map);

  /* The sheet on a narrow screen. */

  const grip = byId("grip");
  function openSheet(open) {
    byId("panel").classList.toggle("open", open);
    grip.setAttribute("aria-expanded", String(open));
    grip.setAttribute("aria-label", open ? words.panel_close : words.panel_open);
    map.invalidateSize({ pan: false });
  }
  grip.addEventListener("click", () => openSheet(grip.getAttribute("aria-expanded") !== "true"));

  /* Begin. */

  function show(bounds, nearest, { corner, animate = !calm } = {}) {
    const isNarrow = map.getSize().x < 600;
    const margin = isNarrow ? 24 : 40;
    map.fitBounds(bounds, {
      paddingTopLeft: corner || [margin, margin],
      paddingBottomRight: [margin, isNarrow ? 88 : 56],
      maxZoom: nearest,
      animate,
    });
  }

  const showPlan = (options) => show(L.latLngBounds(plan.bounds), 13, options);
  showPlan({ animate: false });
  let isShown = map.getSize().x > 0;
  new ResizeObserver(() => {
    map.invalidateSize({ pan: false });
    if (!isShown && map.getSize().x > 0) {
      isShown = true;
      showPlan({ animate: false });
    }
  }).observe(map.getContainer());
  scale.addTo(map);
  for (const layer of Object.values(layers)) if (layer.switch) layer.switch();
  writeSource();
  map.on("zoomend viewreset resize", placeLabels);
  document.fonts.ready.then(() => {
    measureLabels();
    placeLabels();
    document.documentElement.dataset.ready = "true";
  });
  window.fiberplan = { map, layers, drawn, choose, clear };
})();
