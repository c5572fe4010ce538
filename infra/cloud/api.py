"""The HTTP API: the routes of the wiring, each with its own limit, and a log line for every request."""

import json

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra import parts
from infra.cloud.deployment import Deployment, construct_id

LOGGED = {
    "time": "$context.requestTime",
    "request": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "function_milliseconds": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.message",
}
"""The fields of a log line, each a text between quotes (`messageString` would bring quotes of its own).

They hold no address of a person and no path, so the log is no list of citizens."""

DEFAULT_LIMIT = 100
"""Requests a second to a route without a limit of its own; there is none."""


class Api(Construct):
    """The API, its routes and its one stage."""

    def __init__(
        self, scope: Construct, deployment: Deployment, functions: dict[parts.Function, lambda_.Alias]
    ) -> None:
        super().__init__(scope, "Api")
        self.api = apigatewayv2.HttpApi(
            self, "Http", api_name=deployment.name("api"), create_default_stage=False, description="Constancia"
        )
        self.host = f"{self.api.api_id}.execute-api.{Stack.of(self).region}.amazonaws.com"
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/apigateway/{deployment.name('api')}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=deployment.on_removal,
        )
        limits = {}
        routes: list[apigatewayv2.HttpRoute] = []
        for function, alias in functions.items():
            integration = HttpLambdaIntegration(construct_id(function.name), alias)
            for route in function.routes:
                routes += self.api.add_routes(
                    path=route.path, methods=[apigatewayv2.HttpMethod(route.method)], integration=integration
                )
                limits[f"{route.method} {route.path}"] = {
                    "ThrottlingRateLimit": route.a_second,
                    "ThrottlingBurstLimit": route.a_second,
                }
        self.stage = apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings={
                "destinationArn": log.log_group_arn,
                "format": json.dumps(LOGGED, separators=(",", ":")),
            },
            default_route_settings={"throttlingRateLimit": DEFAULT_LIMIT, "throttlingBurstLimit": DEFAULT_LIMIT},
            route_settings=limits,
        )
        # CloudFormation refuses a limit for a route that does not exist yet.
        self.stage.node.add_dependency(*routes)
