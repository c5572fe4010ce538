"""The metadata of a certificate's file, for viewers, archives and search: XMP, dates and identifier."""

from constancia.document import Document

from constancia_pdf import wording

_XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
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
    """Wraps XMP in its packet (ISO 16684-1, 7.3); fpdf2 does this by itself."""
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n%b\n<?xpacket end="w"?>' % xmp


def xmp(certificate: Document) -> bytes:
    """Returns the XMP without its packet: conformance, virtual code, serial number and moment of issue.

    Conformance is to PDF/A-3a (ISO 19005-3, 6.6) and PDF/UA-1 (ISO 14289-1, 5). The student is not named, because
    search engines and file managers copy metadata.
    """
    return _XMP % {
        b"code": _xml(certificate.virtual_code).encode(),
        b"number": certificate.printed_serial_number.encode(),
        b"moment": f"{_moment(certificate)}-05:00".encode(),
    }


def pdf_date(certificate: Document) -> str:
    """Returns the moment of issue as a date of the information dictionary (ISO 32000-1, 7.9.4)."""
    digits = _moment(certificate).replace("-", "").replace("T", "").replace(":", "")
    return f"D:{digits}-05'00'"


def _moment(certificate: Document) -> str:
    """The moment of issue to the second, without its zone; `strftime` takes four times as long."""
    return certificate.issued_at.isoformat()[:19]


def identifier(certificate: Document) -> bytes:
    """Returns the 16 bytes of the file identifier (ISO 32000-1, 14.4): virtual code and serial number."""
    return f"{certificate.virtual_code:>8.8}{certificate.printed_serial_number:>8.8}".encode("ascii", "replace")


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
