"""Texts that would do harm on a page that does not escape them."""

HOSTILE = (
    "<img src=x onerror=window.pwned=1>",
    "${window.pwned=1}",
    "`);window.pwned=1;//",
    "</script><script>window.pwned=1</script>",
    "'\");window.pwned=1;//",
    "\\'); window.pwned=1; //",
    "\\u003cimg src=x onerror=window.pwned=1\\u003e",
    "{{ 7*7 }}{% for x in 'pwned' %}{{ x }}{% endfor %}{# gone #}",
    "one\nwindow.pwned=1\n",
    "one\u2028window.pwned=1\u2029//",
    "<!--<script>window.pwned=1",
    ']]>"><svg onload=window.pwned=1>',
    "\u202eright to left",
    "&lt;b&gt; &amp; {name} %s %(x)s",
)
