# SPDX-License-Identifier: Apache-2.0
"""Reference model of the kernel's policy lookup over a policy map's entries.

An entry is a dict as in expected.json; a missing field has its zero value.

The second lookup of a packet is by the aggregate of its peer where the map has
entries for aggregates (Cilium 1.20), and by identity 0 where it has none or
where neither lookup hit. Before 1.19 there is no precedence: a deny wins, and
then the priority of the proxy port, which is what `precedence` is there."""

PROTO_ANY = 0
CLUSTER, CLUSTER_MESH, WORLD, REMOTE_NODE = AGGREGATES = (11, 12, 13, 14)
AUTH_ORDER = {"": 0, "disabled": 0, "spire": 1, "test-always-fail": 2}


def aggregate(ident, cluster_id=0):
    """The aggregate of an identity; an aggregate is its own one."""
    if ident in AGGREGATES:
        return ident
    if ident < 100:
        return 0
    scope = ident >> 24
    if scope:
        return REMOTE_NODE if scope == 2 else WORLD
    return CLUSTER if ident >> 16 & 0xFF == cluster_id else CLUSTER_MESH


class PolicyMap:
    def __init__(self, entries, cluster_id=0, by_precedence=True):
        self.by_key = {}
        self.lengths = {}  # (dir, identity, proto) -> port prefix lengths
        self.cluster_id = cluster_id
        self.by_precedence = by_precedence
        self.aggregates = False
        self.lines = {}  # peers without entries of their own are alike
        for e in entries or []:
            ident, proto = e.get("identity", 0), e.get("proto", 0)
            side = (e["dir"], ident, proto)
            plen = e.get("port_prefix_len", 0)
            bits = 0 if proto == PROTO_ANY else 8 + plen
            self.by_key[(*side, e.get("port", 0), bits)] = e
            self.lengths.setdefault(side, set()).add(plen)
            self.aggregates |= ident in AGGREGATES
        self.present = {side[:2] for side in self.lengths}

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

    def _rank(self, e):
        if not self.by_precedence and e.get("deny"):
            return 256
        return e.get("precedence", 0)

    def _choose(self, direction, ident, proto, port):
        """The entry that decides and the other one that was found."""
        by_id, id_bits = self._longest(direction, ident, proto, port)
        group = aggregate(ident, self.cluster_id) if self.aggregates else 0
        by_group, bits = None, -1
        if group != ident:
            by_group, bits = self._longest(direction, group, proto, port)
        if by_id is None and by_group is None and group != 0:
            by_group, bits = self._longest(direction, 0, proto, port)
        if by_id is None or by_group is None:
            return by_id or by_group, None
        mine, theirs = self._rank(by_id), self._rank(by_group)
        if theirs > mine or (theirs == mine and bits > id_bits):
            return by_group, by_id
        return by_id, by_group

    def lookup(self, direction, ident, proto, port):
        """The verdict for one peer identity, protocol number and destination
        port (ICMP: the type)."""
        chosen, other = self._choose(direction, ident, proto, port)
        if chosen is None:
            return "drop"
        if chosen.get("deny"):
            return "deny"
        parser = chosen.get("redirect")
        verdict = f"redirect:{parser}" if parser else "allow"
        auth = chosen.get("auth", "")
        explicit = bool(auth) and not auth.endswith("(derived)")
        name = auth.replace("(derived)", "")
        if other is not None and not explicit and (
                not self.by_precedence or other.get("precedence", 0)
                == chosen.get("precedence", 0)):
            theirs = other.get("auth", "").replace("(derived)", "")
            if AUTH_ORDER.get(theirs, 0) > AUTH_ORDER.get(name, 0):
                name = theirs
        if AUTH_ORDER.get(name, 0):
            verdict += "+auth:" + name
        return verdict

    def verdicts(self, direction, peer, probes):
        """One peer's verdicts over the sorted probes, run-length coded for
        each protocol: '6/1=drop 6/80=allow'."""
        out, last, last_proto = [], None, None
        for proto, port in probes:
            v = self.lookup(direction, peer, proto, port)
            if v == last and proto == last_proto:
                continue
            last, last_proto = v, proto
            out.append(f"{proto}/{port}={v}")
        return " ".join(out)


def verdict_line(pmap, direction, peer, probes):
    """'ingress 2 6/1=drop 6/80=allow'; a map is always asked for the same
    probes."""
    alike = peer if (direction, peer) in pmap.present else \
        -1 - aggregate(peer, pmap.cluster_id)
    line = pmap.lines.get((direction, alike))
    if line is None:
        line = pmap.lines[direction, alike] = \
            pmap.verdicts(direction, peer, probes)
    return f"{direction} {peer} {line}"
