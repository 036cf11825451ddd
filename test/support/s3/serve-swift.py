"""OpenStack Swift with its S3 API on one machine: account, container, object and proxy server in one process, one replica.

    python3 serve-swift.py DIRECTORY ACCOUNT:USER SECRET

Prints the port of the S3 API when it answers, and ends when its standard input does.
"""

import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

STORES = ("account", "container", "object")

# No durability of the machine is wanted: a test's data lives as long as the test.
STORE = """
[DEFAULT]
devices = {directory}/disks
mount_check = false
swift_dir = {directory}
fallocate_reserve = 0
disable_fallocate = true

[pipeline:main]
pipeline = {name}-server

[app:{name}-server]
use = egg:swift#{name}
"""

PROXY = """
[DEFAULT]
swift_dir = {directory}

[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth copy slo dlo proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 20
conn_timeout = 5

[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
allow_multipart_uploads = false
check_bucket_owner = false
# Small pages, so that a test need not write a thousand objects to see a second one.
max_bucket_listing = 50

[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def ring(directory, name, port):
    builder = RingBuilder(0, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, name + ".ring.gz"))


class Memory:
    """What Swift asks memcached for, without one."""

    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.values[key] = int(self.values.get(key, 0)) + delta
        return self.values[key]


def remembering(app):
    memory = Memory()

    def remember(environ, start_response):
        environ["swift.cache"] = memory
        return app(environ, start_response)

    return remember


def serve(config, socket):
    app = remembering(loadapp(config, global_conf={"log_name": "swift"}))
    quiet = logging.getLogger("swift-access")
    quiet.addHandler(logging.NullHandler())
    eventlet.spawn(wsgi.server, socket, app, quiet, log_output=False, capitalize_response_headers=False)


def main(directory, access_key, secret):
    account, user = access_key.split(":")
    os.makedirs(os.path.join(directory, "disks", "disk"))
    write(os.path.join(directory, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = test\n")
    utils.SWIFT_CONF_FILE = os.path.join(directory, "swift.conf")
    utils.validate_hash_conf()
    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in STORES}
    for name in STORES:
        ring(directory, name, sockets[name].getsockname()[1])
    for name in STORES:
        path = write(os.path.join(directory, name + ".conf"), STORE.format(directory=directory, name=name))
        serve(path, sockets[name])
    socket = eventlet.listen(("127.0.0.1", 0))
    values = {"directory": directory, "account": account, "user": user, "secret": secret}
    serve(write(os.path.join(directory, "proxy.conf"), PROXY.format(**values)), socket)
    print(socket.getsockname()[1], flush=True)
    # A thread of its own waits for the end: reading would stop all of them.
    eventlet.tpool.execute(sys.stdin.buffer.read)


main(*sys.argv[1:])
