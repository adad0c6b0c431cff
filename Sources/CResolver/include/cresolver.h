// SPDX-License-Identifier: Apache-2.0
//
// The system's resolver for questions that getaddrinfo does not ask: SRV records, times to live, a server of one's own
// choice. In C because its interface is a structure with unions, and its parser a set of macros.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { RECTO_DNS_A = 1, RECTO_DNS_AAAA = 28, RECTO_DNS_SRV = 33 };

enum {
    /// There is no such name, or no record of the type.
    RECTO_DNS_NOT_FOUND = -1,
    /// No server answered, or none could: asking again later may help.
    RECTO_DNS_FAILED = -2,
};

struct recto_dns_record {
    /// One of the types above.
    int type;
    /// Seconds.
    uint32_t ttl;
    /// Of an SRV record.
    uint16_t port;
    /// Whether it answers the question; else it came along because it may be of use.
    uint8_t is_answer;
    /// Of an address: 4 or 16 bytes in network order.
    uint8_t address[16];
    /// Whose record it is.
    char name[256];
    /// Of an SRV record: the host, without a dot at the end; empty where the service is not offered there (RFC 2782).
    char target[256];
};

/// Asks for the records of one type. Names without a dot at the end are tried below the search domains too. Blocks for
/// `attempts` × `timeout` seconds × the number of servers at most.
///
/// `server` is an IPv4 or IPv6 address, or NULL for those of resolv.conf. Returns the number of records stored, or one of
/// the errors above.
int recto_dns_query(
    const char *name, int type, const char *server, uint16_t port, int timeout, int attempts,
    struct recto_dns_record *records, size_t capacity);
