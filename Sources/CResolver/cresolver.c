// SPDX-License-Identifier: Apache-2.0

#include "cresolver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

/// The longest message over TCP, to which the resolver turns where an answer does not fit UDP.
enum { LONGEST_ANSWER = 65535 };

static int use_server(struct __res_state *state, const char *server, uint16_t port) {
    struct in_addr four;
    if (inet_pton(AF_INET, server, &four) == 1) {
        struct sockaddr_in *address = &state->nsaddr_list[0];
        memset(address, 0, sizeof *address);
        address->sin_family = AF_INET;
        address->sin_port = htons(port);
        address->sin_addr = four;
        state->nscount = 1;
        return 0;
    }
    struct in6_addr six;
    if (inet_pton(AF_INET6, server, &six) != 1) return -1;
    // Of a place whose family is 0 the resolver looks here; res_nclose frees it.
    struct sockaddr_in6 *address = state->_u._ext.nsaddrs[0];
    if (address == NULL) address = malloc(sizeof *address);
    if (address == NULL) return -1;
    memset(address, 0, sizeof *address);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    address->sin6_addr = six;
    state->_u._ext.nsaddrs[0] = address;
    memset(&state->nsaddr_list[0], 0, sizeof state->nsaddr_list[0]);
    state->nscount = 1;
    return 0;
}

/// Fills in a record. Returns 0 where it is none of ours.
static int read_record(ns_msg *message, const ns_rr *source, struct recto_dns_record *record) {
    memset(record, 0, sizeof *record);
    if (ns_rr_class(*source) != ns_c_in) return 0;
    record->type = (int)ns_rr_type(*source);
    record->ttl = ns_rr_ttl(*source);
    strncpy(record->name, ns_rr_name(*source), sizeof record->name - 1);
    const unsigned char *data = ns_rr_rdata(*source);
    size_t length = ns_rr_rdlen(*source);
    switch (record->type) {
    case RECTO_DNS_A:
    case RECTO_DNS_AAAA:
        if (length != (record->type == RECTO_DNS_A ? 4u : 16u)) return 0;
        memcpy(record->address, data, length);
        return 1;
    case RECTO_DNS_SRV: {
        char target[NS_MAXDNAME];
        // Priority, weight, port, target.
        if (length < 7) return 0;
        record->port = (uint16_t)ns_get16(data + 4);
        if (dn_expand(ns_msg_base(*message), ns_msg_end(*message), data + 6, target, sizeof target) < 0) return 0;
        if (strlen(target) >= sizeof record->target) return 0;
        strcpy(record->target, target);
        return 1;
    }
    default: return 0;
    }
}

static int read_section(
    ns_msg *message, ns_sect section, struct recto_dns_record *records, int count, size_t capacity) {
    for (int place = 0; place < ns_msg_count(*message, section) && (size_t)count < capacity; place++) {
        ns_rr source;
        if (ns_parserr(message, section, place, &source) != 0) return RECTO_DNS_FAILED;
        if (!read_record(message, &source, &records[count])) continue;
        records[count++].is_answer = section == ns_s_an;
    }
    return count;
}

static int parse(const unsigned char *answer, int length, struct recto_dns_record *records, size_t capacity) {
    ns_msg message;
    if (ns_initparse(answer, length, &message) != 0) return RECTO_DNS_FAILED;
    int count = read_section(&message, ns_s_an, records, 0, capacity);
    return count < 0 ? count : read_section(&message, ns_s_ar, records, count, capacity);
}

int recto_dns_query(
    const char *name, int type, const char *server, uint16_t port, int timeout, int attempts,
    struct recto_dns_record *records, size_t capacity) {
    // A state of its own for each question: nothing is shared between threads, and resolv.conf is read anew.
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return RECTO_DNS_FAILED;
    state.retrans = timeout;
    state.retry = attempts;
    unsigned char *answer = malloc(LONGEST_ANSWER);
    int result = RECTO_DNS_FAILED;
    if (answer != NULL && (server == NULL || use_server(&state, server, port) == 0)) {
        int length = res_nsearch(&state, name, ns_c_in, type, answer, LONGEST_ANSWER);
        if (length > LONGEST_ANSWER) length = LONGEST_ANSWER;
        if (length >= 0) {
            result = parse(answer, length, records, capacity);
        } else if (state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA) {
            result = RECTO_DNS_NOT_FOUND;
        }
    }
    free(answer);
    res_nclose(&state);
    return result;
}
