"""What operators are warned of: counts and shares of the functions' metrics, each with its sentence."""

from constancia import metric_names
from constancia.errors import (
    CertificateNotFound,
    IdentityNotConfirmed,
    InstitutionUnknown,
    QuotaExceeded,
    TemporarilyUnavailable,
    TooManyAttempts,
)

from infra.parts import Signal
from infra.wiring import FUNCTIONS

SIGNALS = (
    Signal(
        "identities_refused",
        "More than half of those who ask are refused for their identity: somebody guesses, or the registry is stale.",
        "validate_request",
        IdentityNotConfirmed.code,
        above=0.5,
        among=(IdentityNotConfirmed.code, metric_names.REQUEST_ACCEPTED),
    ),
    Signal(
        "codes_not_sent",
        "More than a twentieth of the confirmation codes did not leave: families wait for nothing.",
        "validate_request",
        metric_names.CODE_NOT_SENT,
        above=0.05,
        among=(metric_names.CODE_DRAWN,),
    ),
    Signal(
        "guessing_stopped",
        "Many run into the limits of failed attempts.",
        "validate_request",
        TooManyAttempts.code,
        above=100,
    ),
    Signal(
        "codes_guessed",
        "More than half of the verifications name no certificate.",
        "verify_certificate",
        CertificateNotFound.code,
        above=0.5,
        among=(CertificateNotFound.code, metric_names.CERTIFICATE_VERIFIED),
    ),
    *(
        Signal(
            name,
            "Somebody who does not issue changed a certificate's record: attestation or event log disagree with it.",
            function,
            metric_names.RECORD_NOT_AUTHENTIC,
            above=0,
        )
        for name, function in (
            ("record_not_authentic", "verify_certificate"),
            ("record_not_authentic_in_list", "answer_institution"),
            ("record_not_authentic_in_file", "answer_file"),
        )
    ),
    *(
        Signal(
            name,
            "More than half of the questions of institutions name no certificate: a key or a list is in wrong hands.",
            function,
            metric_names.INSTITUTION_MISSED,
            above=0.5,
            among=(metric_names.INSTITUTION_MISSED, metric_names.INSTITUTION_ANSWERED),
        )
        for name, function in (
            ("institution_guesses", "answer_institution"),
            ("institution_guesses_by_file", "answer_file"),
        )
    ),
    Signal(
        "institution_quota_used",
        "An institution asks for more than its quota: it has grown, or somebody else has its key.",
        "answer_institution",
        QuotaExceeded.code,
        above=5,
    ),
    Signal(
        "institution_keys_refused",
        "Somebody asks with a key that is wrong or was revoked.",
        "answer_institution",
        InstitutionUnknown.code,
        above=20,
    ),
    Signal(
        "rendered_by_reference",
        "More than a twentieth of the certificates need the slower way to draw them.",
        "render_certificate",
        metric_names.RENDERED_BY_REFERENCE,
        above=0.05,
        among=(metric_names.CERTIFICATE_ISSUED,),
    ),
    Signal(
        "trial_failed",
        "Tried from outside, the service is not well: the log of try_service says what a citizen meets.",
        "try_service",
        metric_names.TRIAL_FAILED,
        above=0,
    ),
    Signal(
        "log_differs",
        "The public log and the certificates differ: the log of audit_log says where; see the runbook.",
        "audit_log",
        metric_names.LOG_DIFFERS,
        above=0,
    ),
    Signal(
        "witness_silent",
        "A witness of the public log gave no cosignature for five minutes' checkpoints; see the runbook.",
        "log_certificates",
        metric_names.WITNESS_SILENT,
        above=10,
    ),
    Signal(
        "log_entry_unreadable",
        "A certificate's record could not be brought into the public log; `constancia log add` does it once repaired.",
        "log_certificates",
        metric_names.LOG_ENTRY_UNREADABLE,
        above=0,
    ),
    *(
        Signal(f"{function.name}_{metric.lower()}", says, function.name, metric, above=above)
        for function in FUNCTIONS
        if function.routes
        for metric, above, says in (
            (TemporarilyUnavailable.code, 10, "Citizens are asked to try again: a store does not answer."),
            (metric_names.UNEXPECTED_ERROR, 0, "An error that nobody foresaw; the log says where."),
            (metric_names.EVENT_NOT_RECORDED, 0, "Refusals are missing from the event log."),
            (
                metric_names.ORIGIN_REFUSED,
                0,
                "Somebody calls the API past CloudFront, or with an old secret.",
            ),
        )
    ),
    *(
        Signal(
            f"{function.name}_{metric_names.NOTICE_REFUSED.lower()}",
            "A notice to the operators was refused by the mail service; the summary or report itself is stored.",
            function.name,
            metric_names.NOTICE_REFUSED,
            above=0,
        )
        for function in FUNCTIONS
        if "OPERATORS_MAIL" in function.settings
    ),
)
