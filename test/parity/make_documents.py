"""Writes the fixtures of document formats with the libraries that other people's tools use: python-docx, python-pptx,
openpyxl, odfpy, ebooklib, and the standard library for mail and archives. Usage: make_documents.py FOLDER (fixtures/formats)

doc/tides.doc and xls/tides.xls are LibreOffice's conversions of docx/tides.docx and xlsx/tides.xlsx:
soffice --headless --convert-to doc docx/tides.docx"""
import datetime
import io
import mailbox
import sys
import tarfile
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.enum.text import WD_BREAK
from ebooklib import epub
from odf import opendocument, table, text, draw, presentation, office, dc
from odf.style import MasterPage, PageLayout
from pptx.util import Inches

folder = Path(sys.argv[1])
MOMENT = datetime.datetime(2024, 3, 5, 9, 30, tzinfo=datetime.timezone.utc)


def put(name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def saved(thing):
    buffer = io.BytesIO()
    thing.save(buffer)
    return buffer.getvalue()


def word():
    d = docx.Document()
    d.core_properties.title = "Tide tables explained"
    d.core_properties.author = "Ada Harbour"
    d.core_properties.modified = MOMENT
    d.core_properties.created = MOMENT
    d.add_heading("Tide tables explained", 0)
    d.add_paragraph("The moon pulls the sea, and the sea answers late.")
    d.add_heading("Springs and neaps", 1)
    p = d.add_paragraph("Spring tides follow ")
    p.add_run("full and new moons").bold = True
    p.add_run(" by two days.")
    p.add_run().add_break(WD_BREAK.LINE)
    p.add_run("Neaps come between.")
    for item in ("range is largest at springs", "range is least at neaps"):
        d.add_paragraph(item, style="List Bullet")
    d.add_paragraph("and lags grow in shallow water", style="List Bullet 2")
    for item in ("find the port", "find the day", "read the hour"):
        d.add_paragraph(item, style="List Number")
    d.add_heading("Heights", 2)
    t = d.add_table(rows=1, cols=3)
    for cell, value in zip(t.rows[0].cells, ("Port", "High | m", "Low")):
        cell.text = value
    for row in (("Brest", "7.1", "1.3"), ("Dover", "6.7", "0.9")):
        for cell, value in zip(t.add_row().cells, row):
            cell.text = value
    merged = t.add_row().cells
    merged[0].merge(merged[1]).text = "mean of both"
    merged[2].text = "1.1"
    commented = d.add_paragraph("Heights are above chart datum.")
    d.add_comment(commented.runs, text="Say which datum", author="Reviewer", initials="R")
    return saved(d)


def slides():
    p = pptx.Presentation()
    p.core_properties.title = "Harbour works"
    p.core_properties.author = "Ada Harbour"
    p.core_properties.modified = MOMENT
    first = p.slides.add_slide(p.slide_layouts[0])
    first.shapes.title.text = "Harbour works"
    first.placeholders[1].text = "What was built, and why"
    second = p.slides.add_slide(p.slide_layouts[1])
    second.shapes.title.text = "The breakwater"
    body = second.placeholders[1].text_frame
    body.text = "Two kilometres of stone"
    for level, line in ((0, "Built in four summers"), (1, "the last one stormy")):
        paragraph = body.add_paragraph()
        paragraph.text = line
        paragraph.level = level
    second.notes_slide.notes_text_frame.text = "Mention the storm of the third summer."
    third = p.slides.add_slide(p.slide_layouts[5])
    third.shapes.title.text = "Costs"
    t = third.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for i, row in enumerate((("Year", "Cost"), ("1894", "12,000"))):
        for j, value in enumerate(row):
            t.cell(i, j).text = value
    third.shapes.add_textbox(Inches(1), Inches(4), Inches(3), Inches(1)).text_frame.text = "All sums in pounds"
    # The order of the show is not that of the files.
    order = p.slides._sldIdLst
    order.append(order[1])
    return saved(p)


def workbook():
    b = openpyxl.Workbook()
    b.properties.creator = "Ada Harbour"
    b.properties.modified = b.properties.created = MOMENT.replace(tzinfo=None)
    s = b.active
    s.title = "Tides"
    s.append(["Port", "Date", "Height", "Share", "Cost", "Open"])
    s.append(["Brest", datetime.date(2024, 3, 5), 7.125, 0.375, 1234567.5, True])
    s.append(["Dover", datetime.date(2024, 12, 24), 6.7, 0.5, -12.25, False])
    for row in (2, 3):
        s.cell(row, 2).number_format = "dd.mm.yyyy"
        s.cell(row, 3).number_format = "0.00"
        s.cell(row, 4).number_format = "0.0%"
        s.cell(row, 5).number_format = '#,##0.00 "EUR"'
    n = b.create_sheet("Harbour & co")
    n["A1"] = "Notes of the harbour master"
    n["A3"], n["B3"] = "Code", "Meaning"
    n["A4"], n["B4"] = 1, "The gate is shut"
    n["A5"], n["B5"] = 2, "The gate is\nopen"
    n["B6"] = "=A4+A5"
    return saved(b)


def odt():
    d = opendocument.OpenDocumentText()
    d.meta.addElement(dc.Title(text="A keeper's diary"))
    d.meta.addElement(dc.Creator(text="Ada Harbour"))
    d.text.addElement(text.H(outlinelevel=1, text="A keeper's diary"))
    p = text.P(text="The lamp was lit at six")
    note = text.Note(id="n1", noteclass="footnote")
    note.addElement(text.NoteCitation(text="1"))
    body = text.NoteBody()
    body.addElement(text.P(text="Local time."))
    note.addElement(body)
    p.addElement(note)
    p.addText(", and burned till dawn.")
    d.text.addElement(p)
    d.text.addElement(text.H(outlinelevel=2, text="Stores"))
    items = text.List()
    for name in ("oil", "wicks"):
        item = text.ListItem()
        item.addElement(text.P(text=name))
        items.addElement(item)
    d.text.addElement(items)
    t = table.Table(name="T")
    for row in (("Item", "Left"), ("oil", "40 l")):
        r = table.TableRow()
        for value in row:
            c = table.TableCell()
            c.addElement(text.P(text=value))
            r.addElement(c)
        t.addElement(r)
    d.text.addElement(t)
    return saved(d)


def odp():
    d = opendocument.OpenDocumentPresentation()
    layout = PageLayout(name="L")
    d.automaticstyles.addElement(layout)
    master = MasterPage(name="M", pagelayoutname=layout)
    d.masterstyles.addElement(master)
    for title, line in (("Lamps", "Oil came first"), ("Lenses", "Fresnel made them thin")):
        page = draw.Page(masterpagename=master, name=title)
        d.presentation.addElement(page)
        for kind, value in (("outline", line), ("title", title)):
            frame = draw.Frame(width="20cm", height="2cm", x="1cm", y="1cm")
            frame.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class", kind)
            page.addElement(frame)
            box = draw.TextBox()
            frame.addElement(box)
            box.addElement(text.P(text=value))
    return saved(d)


def ods():
    d = opendocument.OpenDocumentSpreadsheet()
    for name, rows in (("Lamps", (("Lamp", "Range"), ("North", 18), ("South", 12))), ("Keepers", (("Name", "Since"), ("Ann", 1891)))):
        t = table.Table(name=name)
        for row in rows:
            r = table.TableRow()
            for value in row:
                number = isinstance(value, int)
                c = table.TableCell(valuetype="float", value=value) if number else table.TableCell(valuetype="string")
                c.addElement(text.P(text=str(value)))
                r.addElement(c)
            t.addElement(r)
        d.spreadsheet.addElement(t)
    return saved(d)


def book():
    b = epub.EpubBook()
    b.set_identifier("urn:fixture:tides")
    b.set_title("A small book of tides")
    b.set_language("en")
    b.add_author("Ada Harbour")
    chapters = []
    for file, title, body in (
        ("z-first.xhtml", "The moon", "<p>The moon draws the <b>water</b> up.</p><ul><li>twice a day</li></ul>"),
        ("a-second.xhtml", "The coast", "<h2>Bays</h2><p>Bays make the tide higher &amp; later.</p>"),
    ):
        c = epub.EpubHtml(title=title, file_name=file, lang="en")
        c.content = f"<html><body><h1>{title}</h1>{body}</body></html>"
        b.add_item(c)
        chapters.append(c)
    b.toc = chapters
    b.add_item(epub.EpubNcx())
    b.add_item(epub.EpubNav())
    b.spine = ["nav", *chapters]
    path = folder / "epub" / "tides.epub"
    path.parent.mkdir(parents=True, exist_ok=True)
    epub.write_epub(str(path), b)


def message(subject, body, number, html=None, attach=()):
    m = EmailMessage(policy=SMTP)
    m["From"] = "Ada Härbour <ada@harbour.example>"
    m["To"] = "Ben <ben@harbour.example>, keeper@light.example"
    m["Subject"] = subject
    m["Date"] = "Tue, 05 Mar 2024 09:30:00 +0100"
    m["Message-ID"] = f"<{number}@harbour.example>"
    if body is not None:
        m.set_content(body)
    if html is not None:
        (m.add_alternative if body is not None else m.set_content)(html, subtype="html")
    for name, data, kind in attach:
        m.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    if m.is_multipart():
        for i, part in enumerate(p for p in m.walk() if p.is_multipart()):
            part.set_boundary(f"=={number}=={i}==")
    return m


def mail():
    attached = message(
        "Gate times für März",
        "The gate opens at half tide.\n\nFrom now on it closes at dusk.\n",
        "one",
        "<p>The gate <b>opens</b> at half tide.</p>",
        [("gate.csv", b"gate,hour\nnorth,6\nsouth,7\n", ("text", "csv")), ("plan.png", b"\x89PNG\r\n\x1a\n\0\0", ("image", "png"))],
    )
    put("eml/attachments.eml", attached.as_bytes())
    page = message("Storm", None, "two", "<html><body><h2>Storm warning</h2><table><tr><th>Day</th><th>Force</th></tr><tr><td>Mon</td><td>9</td></tr></table></body></html>")
    put("eml/page.eml", page.as_bytes())
    out = b""
    for i, m in enumerate((attached, page, message("Storm", "It has passed.\n", "two"))):
        raw = m.as_bytes().replace(b"\r\n", b"\n")
        raw = b"\n".join(b">" + line if line.startswith(b"From ") else line for line in raw.split(b"\n"))
        out += b"From ada@harbour.example Tue Mar  5 09:30:0%d 2024\n" % i + raw + b"\n"
    put("mbox/harbour.mbox", out)


FILES = {
    "harbour/readme.md": b"# The harbour\n\nTwo gates, one light.\n",
    "harbour/gates.jsonl": b'{"id":"n","text":"The north gate opens at six"}\n{"id":"s","text":"The south gate opens at seven"}\n',
    "harbour/tide.py": b"def height(hour):\n    return hour * 2\n",
    "harbour/picture.png": b"\x89PNG\r\n\x1a\n\0\0",
}


def archives():
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("deep/note.txt"), "A note within an archive within an archive.\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        for name, data in {**FILES, "more.zip": inner.getvalue(), "../../up.txt": b"A path that leads out.\n"}.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    put("zip/harbour.zip", buffer.getvalue())
    for name, mode in (("tar/harbour.tar", "w"), ("tar/harbour.tgz", "w:gz")):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as t:
            for path, data in {**FILES, "harbour/" + "long-" * 30 + "name.txt": b"A long name.\n"}.items():
                info = tarfile.TarInfo(path)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("harbour/link")
            link.type = tarfile.SYMTYPE
            link.linkname = "/etc/passwd"
            t.addfile(link)
        put(name, buffer.getvalue())


put("docx/tides.docx", word())
put("pptx/harbour.pptx", slides())
put("xlsx/tides.xlsx", workbook())
put("opendocument/diary.odt", odt())
put("opendocument/lamps.odp", odp())
put("ods/lamps.ods", ods())
book()
mail()
archives()
