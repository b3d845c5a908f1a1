"""Starts moto, an imitation of AWS, at a port: moto_server.py PORT FILE

CloudFormation refuses a template with a resource type that moto's own does not make. Here such a resource is made as a
name without a body. FILE gets a line for each such type.
"""

import sys

import moto.cloudformation.models as models
import moto.cloudformation.parsing as parsing
from moto.awslambda.models import LambdaVersion
from moto.awslambda.utils import get_backend
from moto.core.common_models import CloudFormationModel
from moto.server import main

port, file = sys.argv[1:]
known = set()


class Placeholder(CloudFormationModel):
    # moto reads the name of the service from it.
    __module__ = "moto.placeholder"

    def __init__(self, name):
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_type():
        return "?"

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute):
        return f"{self.physical_resource_id}.{attribute}"

    def is_created(self):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        pass


class Alias(Placeholder):
    __module__ = "moto.placeholder"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        function, name, version = (properties[key] for key in ("FunctionName", "Name", "FunctionVersion"))
        alias = get_backend(account_id, region_name).create_alias(name, function, version, "", None)
        return cls(alias.arn)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        properties = cloudformation_json["Properties"]
        function, name, version = (properties[key] for key in ("FunctionName", "Name", "FunctionVersion"))
        get_backend(account_id, region_name).update_alias(name, function, version, "", None)
        return original_resource


def class_of(resource_type):
    if resource_type == "AWS::Lambda::Alias":
        return Alias
    if resource_type in parsing.get_model_map():
        return parsing.get_model_map()[resource_type]
    if resource_type not in known:
        known.add(resource_type)
        with open(file, "a") as lines:
            lines.write(resource_type + "\n")
    return Placeholder


delete_resources = parsing.ResourceMap.delete


def delete_but_retained(resources):
    # moto knows only the policy Retain.
    for resource in resources._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete_resources(resources)


execute = models.CloudFormationBackend.execute_change_set


def execute_with_outputs(backend, change_set_name, stack_name=None):
    # moto forgets the outputs of a stack that a change set made or changed.
    execute(backend, change_set_name, stack_name)
    for stack in backend.stacks.values():
        stack._parse_template()
        stack.output_map = stack._create_output_map()


models.CloudFormationBackend.execute_change_set = execute_with_outputs
parsing.ResourceMap.delete = delete_but_retained
parsing.resource_class_from_type = class_of
# For Fn::GetAtt of a version, which moto does not know.
LambdaVersion.get_cfn_attribute = lambda self, attribute: {"Version": str(self.version)}[attribute]
# moto refuses a template that cfn-lint only warns about. The test lints it by its own rules.
models.validate_template_cfn_lint = lambda template: []
main(["-H", "127.0.0.1", "-p", port])
