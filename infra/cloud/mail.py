"""The mail: our domain as a sender that proves itself, bounces and complaints followed."""

from aws_cdk import CfnOutput
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.cloud.access import MAIL
from infra.cloud.deployment import Deployment

FOLLOWED = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
)


class Mail(Construct):
    """The identity and its configuration set."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Mail")
        self.configuration = ses.ConfigurationSet(
            self,
            "Configuration",
            configuration_set_name=deployment.name(MAIL),
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
            reputation_metrics=True,
            # Who bounced or complained is not written to again.
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        self.configuration.add_event_destination(
            "Followed",
            destination=ses.EventDestination.cloud_watch_dimensions(
                [
                    ses.CloudWatchDimension(
                        name="ses:configuration-set",
                        source=ses.CloudWatchDimensionSource.MESSAGE_TAG,
                        default_value=deployment.name(MAIL),
                    )
                ]
            ),
            events=list(FOLLOWED),
        )
        identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(deployment.domain),
            configuration_set=self.configuration,
            mail_from_domain=f"correo.{deployment.domain}",
        )
        for number, record in enumerate(identity.dkim_records, 1):
            CfnOutput(self, f"Dkim{number}", value=f"{record.name} CNAME {record.value}")
