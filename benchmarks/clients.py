"""The public clients of others, unchanged, against a running desk: what each said, and what became of it.

    mkdir clients && cd clients && npm init -y && npm install @segment/analytics-node @rudderstack/rudder-sdk-node
    pip install --target py segment-analytics-python rudder-sdk-python
    python -m benchmarks.clients clients http://127.0.0.1:8000 WRITE_KEY

Each sends one message of every kind and must say that it was taken. The packages stay outside of the checkout. Without node its
clients are skipped, by name. The browser's clients (@segment/analytics-next, @rudderstack/analytics-js) need a page of yours.
"""

import shutil
import subprocess
import sys
from pathlib import Path

SEGMENT_NODE = """
const { Analytics } = require('@segment/analytics-node');
const [host, writeKey] = process.argv.slice(1);
const one = new Analytics({ writeKey, host, path: '/v1/batch' });
let wrong = 0;
one.on('error', (error) => { wrong += 1; console.error(error.reason || error); });
one.identify({ userId: 'sn-1', traits: { email: 'ann@segment-node.example', title: 'VP IT' } });
one.group({ userId: 'sn-1', groupId: 'segment-node', traits: { name: 'Segment Node', website: 'segment-node.example' } });
one.track({ userId: 'sn-1', event: 'Demo Requested' });
one.page({ anonymousId: 'sn-0', name: 'Pricing', properties: { path: '/pricing' } });
one.screen({ userId: 'sn-1', name: 'Home' });
one.alias({ userId: 'sn-1', previousId: 'sn-0' });
one.closeAndFlush().then(() => process.exit(wrong));"""
RUDDER_NODE = """
const Rudder = require('@rudderstack/rudder-sdk-node');
const [host, writeKey] = process.argv.slice(1);
const one = new Rudder(writeKey, { dataPlaneUrl: host, gzip: true, flushAt: 6 });
let left = 6, wrong = 0;
const said = (error) => { if (error) { wrong += 1; console.error(error); } if (!--left) process.exit(wrong); };
one.identify({ userId: 'rn-1', traits: { email: 'ann@rudder-node.example' } }, said);
one.group({ userId: 'rn-1', groupId: 'rudder-node', traits: { name: 'Rudder Node', website: 'rudder-node.example' } }, said);
one.track({ userId: 'rn-1', event: 'Demo Requested' }, said);
one.page({ userId: 'rn-1', name: 'Pricing', properties: { path: '/pricing' } }, said);
one.screen({ userId: 'rn-1', name: 'Home' }, said);
one.alias({ userId: 'rn-1', previousId: 'rn-0' }, said);
setTimeout(() => process.exit(99), 30000);"""
PYTHON = """
import sys
sys.path.insert(0, "py")
import {module} as one
wrong = []
one.on_error = lambda error, batch: wrong.append(error)
one.{address} = sys.argv[1]
one.write_key, one.gzip = sys.argv[2], True
one.identify("{short}-1", {{"email": "ann@{long}.example"}})
one.group("{short}-1", "{long}", {{"name": "{long}", "website": "{long}.example"}})
one.track("{short}-1", "Demo Requested")
one.page("{short}-1", "Docs", "Pricing", {{"path": "/pricing"}})
one.screen("{short}-1", "App", "Home")
one.alias("{short}-0", "{short}-1")
one.flush()
sys.exit(len(wrong))"""
SEGMENT_PYTHON = PYTHON.format(module="segment.analytics", address="host", short="sp", long="segment-python")
RUDDER_PYTHON = PYTHON.format(module="rudderstack.analytics", address="dataPlaneUrl", short="rp", long="rudder-python")
CLIENTS = {
    "@segment/analytics-node": ("node", "-e", SEGMENT_NODE),
    "@rudderstack/rudder-sdk-node": ("node", "-e", RUDDER_NODE),
    "segment-analytics-python": (sys.executable, "-c", SEGMENT_PYTHON),
    "rudder-sdk-python": (sys.executable, "-c", RUDDER_PYTHON),
}


def main(folder: Path, url: str, key: str) -> int:
    """Run each; how many were not content."""
    failed = 0
    for name, command in CLIENTS.items():
        if not shutil.which(command[0]):
            print(f"{name}: skipped, there is no {command[0]} here")
            continue
        done = subprocess.run([*command, url, key], cwd=folder, capture_output=True, text=True, timeout=90, check=False)
        print(f"{name}: {'taken' if done.returncode == 0 else 'FAILED'} {done.stderr.strip()[-300:]}".rstrip())
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
