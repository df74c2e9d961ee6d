"""Rules by which connections announce others: FTP's for data, or what an expectation says."""

from typing import Final

# The first packet of an announced connection is RELATED instead of NEW, on whatever ports its
# announcer names (resolve_normal_ct and init_conntrack in net/netfilter/nf_conntrack_core.c;
# nf_conntrack_ftp.c, help; nft_ct.c, nft_ct_expect_obj_eval).
EXPECTED: Final = (
    "the connections that this rule is about may announce others, as FTP does: those come in as "
    "RELATED on any port, and no check counts what rules for RELATED packets let in"
)
