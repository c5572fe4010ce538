"""The mail: our domain as a signed sender of SES, with metrics of bounces and complaints."""

from aws_cdk import CfnOutput
from aws_cdk import aws_events as events
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.cloud.deployment import Deployment
from infra.parts import MAIL

FOLLOWED = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
)


class Mail(Construct):
    """The domain identity of SES and its configuration set; the DNS records for DKIM are outputs of the stack."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "Mail")
        self.configuration = ses.ConfigurationSet(
            self,
            "Configuration",
            configuration_set_name=deployment.name(MAIL),
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
            reputation_metrics=True,
            # Addresses that bounced or complained are not written to again.
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
        self.configuration.add_event_destination(
            "Returned",
            # SES publishes to the default bus only.
            destination=ses.EventDestination.event_bus(events.EventBus.from_event_bus_name(self, "Bus", "default")),
            events=[ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT],
        )
        identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(deployment.domain),
            configuration_set=self.configuration,
            mail_from_domain=f"correo.{deployment.domain}",
        )
        for number, record in enumerate(identity.dkim_records, 1):
            output = CfnOutput(self, f"Dkim{number}", value=f"{record.name} CNAME {record.value}")
            output.override_logical_id(f"Dkim{number}")
