"""What people get to read: a report as PDF and a workbook, for the state and for each operator."""

from fiberplan.report.party import UnknownPartyError
from fiberplan.report.pdf.typesetting import PartyReport, party_report
from fiberplan.report.workbook.sheets import PartyWorkbook, party_workbook

__all__ = ["PartyReport", "PartyWorkbook", "UnknownPartyError", "party_report", "party_workbook"]
