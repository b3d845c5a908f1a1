"""Signs a request with botocore, as an independent witness: JSON on standard input, the signature on standard output."""

import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

given = json.load(sys.stdin)
request = AWSRequest(
    method=given["method"],
    url=given["url"],
    headers=given["headers"],
    data=given["body"],
)
request.context["timestamp"] = given["headers"]["x-amz-date"]
auth = SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "execute-api", given["region"])
text = auth.string_to_sign(request, auth.canonical_request(request))
sys.stdout.write(auth.signature(text, request))
