from .party import UnknownPartyError as UnknownPartyError
from .pdf.typesetting import PartyReport as PartyReport
from .pdf.typesetting import party_report as party_report
from .workbook.book import PartyWorkbook as PartyWorkbook
from .workbook.book import party_workbook as party_workbook
