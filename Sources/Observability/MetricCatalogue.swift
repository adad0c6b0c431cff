// SPDX-License-Identifier: Apache-2.0

/// What each family of metrics means, for the `# HELP` line; `docs/metrics.md` says more, and a test holds the two together.
///
/// **Adding one:** a line here, and one in `docs/metrics.md`.
package enum MetricCatalogue {
    package static let all: [(name: String, help: String)] = [
        ("process_cpu_seconds_total", "Processor time of this process, its workers not included."),
        ("process_max_fds", "The most descriptors that this process may have open."),
        ("process_open_fds", "Descriptors that this process has open."),
        ("process_resident_memory_bytes", "Memory of this process, its workers not included."),
        ("process_start_time_seconds", "When this process started, in seconds since 1970."),
        ("process_threads", "Threads of this process."),
        ("process_virtual_memory_bytes", "Address space of this process."),
        ("recto_archive_breaker_open", "1 while the archive gives no answer and is not asked."),
        ("recto_archive_breaker_openings_total", "How often an archive was no longer asked because it gave no answer."),
        ("recto_archive_bytes_total", "Bytes read from the archive."),
        ("recto_archive_duration_seconds", "How long operations of the archive took."),
        ("recto_archive_errors_total", "Operations of the archive that failed."),
        ("recto_archive_operations_total", "Operations of the archive: list, stat, open, read, put, delete."),
        ("recto_block_bytes_total", "Bytes of distant documents by the place that they came from."),
        ("recto_block_requests_total", "Requests for bytes of distant documents by place and by how much was there."),
        ("recto_build_info", "Always 1. The labels name the build."),
        ("recto_cache_bytes", "Bytes held by a cache."),
        ("recto_cache_dropped_total", "Entries that a cache did not take because too many waited to be written."),
        ("recto_cache_entries", "Entries of a cache."),
        ("recto_cache_eviction_age_seconds", "How old entries were that a cache let go for want of room."),
        ("recto_cache_evictions_total", "Entries that a cache let go for want of room."),
        ("recto_cache_fetched_bytes_total", "Bytes that a cache fetched to answer look-ups."),
        ("recto_cache_fetches_total", "Times that a cache fetched something to answer look-ups."),
        ("recto_cache_hits_total", "Look-ups that a cache answered."),
        ("recto_cache_misses_total", "Look-ups that a cache could not answer."),
        ("recto_connections", "Open connections to the public port."),
        ("recto_documents_open", "Documents that workers hold open."),
        ("recto_documents_quarantined_total", "Documents set aside for a while because workers died over them."),
        ("recto_drains_total", "How often this member was told to drain."),
        ("recto_job_duration_seconds", "What workers' jobs took, by phase."),
        ("recto_jobs_waiting", "Jobs that wait for a worker, by lane."),
        ("recto_recoveries_total", "Documents that a worker had to open, by why it did not hold them."),
        (
            "recto_request_duration_seconds",
            "From a request's last byte to its answer; of streams, to the answer's head."
        ),
        ("recto_requests_in_flight", "Requests of the public port that are not answered yet."),
        ("recto_requests_total", "Answers of the public port, by what was asked for and how it went."),
        ("recto_router_affinity_total", "Requests that went to their owner, and those that did not."),
        ("recto_router_connections", "Connections of clients to the router."),
        ("recto_router_ejections_total", "Members set aside for a while because requests failed by their fault."),
        ("recto_router_load_skew", "The largest load of a ready member by the mean, by role."),
        ("recto_router_members", "Members as this router sees them, by role and status."),
        ("recto_router_moved_share", "The part of all documents that the last change of the nodes gave another owner."),
        ("recto_router_policy", "1 for the policy in force of each class, 0 for the others."),
        ("recto_router_refused_total", "Clients turned away before their request went anywhere, by reason."),
        ("recto_router_request_seconds", "From a request's head to the end of its answer, by what was asked for."),
        ("recto_router_requests_total", "Answers of the router, by what was asked for, by whom and their status."),
        ("recto_router_retries_refused_total", "Retries that were not made because too many others were."),
        ("recto_router_retries_total", "Requests that moved on to a further candidate."),
        ("recto_streams_open", "Structure streams and searches that are being sent."),
        ("recto_warm_messages_total", "Warm messages that came, and documents asked for after one."),
        ("recto_worker_deaths_total", "Workers that ended without being told to, or had to be killed, by reason."),
        ("recto_worker_jobs_total", "Jobs that workers completed or that ended otherwise."),
        ("recto_worker_memory_bytes", "Memory that workers have allocated."),
        ("recto_worker_starts_total", "Workers started, by kind."),
        ("recto_workers", "Jobs that may run at a time."),
        ("recto_workers_busy", "Workers that do a job."),
    ]

    static func help(_ name: String) -> String {
        all.first { $0.name == name }?.help ?? "See docs/metrics.md."
    }
}
