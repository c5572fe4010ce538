import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlSignatureScope;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import java.io.File;
import java.util.List;
import java.util.stream.Collectors;

/** Prints a line for each file: how many signatures, and of the last one indication, reasons, level and what it covers. */
public class Dss {
    /** Arguments: the trust anchor, other certificates and revocation lists (.cer, .crl), and the files (.pdf). */
    public static void main(String[] paths) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(new File(paths[0])));
        verifier.setTrustedCertSources(trusted);
        CommonCertificateSource others = new CommonCertificateSource();
        for (String path : List.of(paths)) {
            if (path.endsWith(".cer")) {
                others.addCertificate(DSSUtils.loadCertificate(new File(path)));
            }
        }
        verifier.setAdjunctCertSources(others);
        FileDocument[] lists = List.of(paths).stream()
            .filter(path -> path.endsWith(".crl")).map(FileDocument::new).toArray(FileDocument[]::new);
        if (lists.length > 0) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(lists));
        }
        for (String path : List.of(paths)) {
            if (path.endsWith(".pdf")) {
                System.out.println(path + " " + judge(path, verifier));
            }
        }
    }

    private static String judge(String path, CommonCertificateVerifier verifier) {
        try {
            PDFDocumentValidator validator = new PDFDocumentValidator(new FileDocument(path));
            validator.setCertificateVerifier(verifier);
            SimpleReport report = validator.validateDocument().getSimpleReport();
            String id = report.getSignatureIdList().get(report.getSignatureIdList().size() - 1);
            String scopes = report.getSignatureScopes(id).stream()
                .map(XmlSignatureScope::getScope).map(String::valueOf).collect(Collectors.joining(","));
            return report.getSignaturesCount() + " " + report.getIndication(id) + " " + report.getSubIndication(id)
                + " " + report.getSignatureFormat(id) + " " + scopes;
        } catch (RuntimeException error) {
            return "0 " + error.getClass().getSimpleName();
        }
    }
}
