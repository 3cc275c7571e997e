# SPDX-License-Identifier: Apache-2.0
"""Reference model of the kernel's policy lookup over a policy map's entries,
with the precedence rules of Cilium 1.19 and later.

An entry is a dict as in expected.json; a missing field has its zero value."""

PROTO_ANY = 0
AUTH_ORDER = {"": 0, "disabled": 0, "spire": 1, "test-always-fail": 2}


class PolicyMap:
    def __init__(self, entries):
        self.by_key = {}
        self.lengths = {}  # (dir, identity, proto) -> port prefix lengths
        for e in entries or []:
            ident, proto = e.get("identity", 0), e.get("proto", 0)
            side = (e["dir"], ident, proto)
            plen = e.get("port_prefix_len", 0)
            bits = 0 if proto == PROTO_ANY else 8 + plen
            self.by_key[(*side, e.get("port", 0), bits)] = e
            self.lengths.setdefault(side, set()).add(plen)

    def _longest(self, direction, ident, proto, port):
        """The LPM match for one identity: the entry whose protocol and port
        prefix is longest, and how many bits that is; (None, -1) for none."""
        side = (direction, ident, proto)
        for plen in sorted(self.lengths.get(side, ()), reverse=True):
            masked = port & (0xFFFF << (16 - plen)) & 0xFFFF
            e = self.by_key.get((*side, masked, 8 + plen))
            if e is not None:
                return e, 8 + plen
        e = self.by_key.get((direction, ident, PROTO_ANY, 0, 0))
        return (e, 0) if e is not None else (None, -1)

    def lookup(self, direction, ident, proto, port):
        """The verdict for one peer identity, protocol number and destination
        port (ICMP: the type)."""
        l3, l3_bits = self._longest(direction, ident, proto, port)
        l4, l4_bits = self._longest(direction, 0, proto, port)
        if l3 is None and l4 is None:
            return "drop"
        if l3 is None:
            chosen, other = l4, None
        elif l4 is None:
            chosen, other = l3, None
        else:
            p3, p4 = l3.get("precedence", 0), l4.get("precedence", 0)
            if p4 > p3 or (p4 == p3 and l4_bits > l3_bits):
                chosen, other = l4, l3
            else:
                chosen, other = l3, l4
        if chosen.get("deny"):
            return "deny"
        parser = chosen.get("redirect")
        verdict = f"redirect:{parser}" if parser else "allow"
        auth = chosen.get("auth", "")
        explicit = bool(auth) and not auth.endswith("(derived)")
        name = auth.replace("(derived)", "")
        if other is not None and not explicit \
                and other.get("precedence", 0) == chosen.get("precedence", 0):
            theirs = other.get("auth", "").replace("(derived)", "")
            if AUTH_ORDER.get(theirs, 0) > AUTH_ORDER.get(name, 0):
                name = theirs
        if AUTH_ORDER.get(name, 0):
            verdict += "+auth:" + name
        return verdict


def verdict_line(pmap, direction, peer, probes):
    """One peer's verdicts over the sorted probes, run-length coded for each
    protocol: 'ingress 2 6/1=drop 6/80=allow'."""
    out, last, last_proto = [], None, None
    for proto, port in probes:
        v = pmap.lookup(direction, peer, proto, port)
        if v == last and proto == last_proto:
            continue
        last, last_proto = v, proto
        out.append(f"{proto}/{port}={v}")
    return f"{direction} {peer} " + " ".join(out)
