"""What the file says about itself: its title and identity for viewers, archives and search (XMP and Info)."""

from datetime import timedelta, timezone

from constancia.certificate import Certificate

from constancia_pdf import wording

LIMA = timezone(timedelta(hours=-5))
"""The time of `Certificate.issued_at`; Peru keeps one all year."""


_XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{wording.document_title("%(code)b")}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{wording.AUTHOR}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{wording.subject("%(code)b", "%(number)b")}</rdf:li></rdf:Alt>\
</dc:description>
<dc:identifier>%(code)b</dc:identifier><dc:language><rdf:Bag><rdf:li>{wording.LANGUAGE}</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{wording.PRODUCER}</pdf:Producer>
<xmp:CreateDate>%(moment)b</xmp:CreateDate><xmp:ModifyDate>%(moment)b</xmp:ModifyDate>
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>part</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>""".encode()


def packet(xmp: bytes) -> bytes:
    """The XMP in its packet (ISO 16684-1, 7.3), which fpdf2 adds by itself."""
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n%b\n<?xpacket end="w"?>' % xmp


def xmp(certificate: Certificate) -> bytes:
    """The XMP without its packet: PDF/A-2a (ISO 19005-2, 6.6), PDF/UA-1 (ISO 14289-1, 5), code, number and moment.

    It names no student: metadata travels further than the page.
    """
    return _XMP % {
        b"code": _xml(certificate.virtual_code).encode(),
        b"number": certificate.printed_serial_number.encode(),
        b"moment": f"{_moment(certificate)}-05:00".encode(),
    }


def pdf_date(certificate: Certificate) -> str:
    """The moment of issue as the information dictionary writes it."""
    digits = _moment(certificate).replace("-", "").replace("T", "").replace(":", "")
    return f"D:{digits}-05'00'"


def _moment(certificate: Certificate) -> str:
    """The moment of issue to the second, without its zone: `strftime` takes four times as long."""
    return certificate.issued_at.isoformat()[:19]


def identifier(certificate: Certificate) -> bytes:
    """The 16 bytes that the file is known by: its code and serial number."""
    return f"{certificate.virtual_code:>8.8}{certificate.printed_serial_number:>8.8}".encode("ascii", "replace")


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
