// SPDX-License-Identifier: Apache-2.0

import Access
import Glibc
import Logging
import RenderPool
import Synchronization
import WorkerProtocol

/// Runs render nodes as child processes of `serve`: as many as wanted, replaced when they die.
final class NodeSupervisor: Sendable {
    private struct Child {
        let processID: Int32
        /// Our end of the control socket. When it closes, for whatever reason, the child ends.
        let control: CInt
        var isWanted = true
    }

    private struct State {
        var wanted = 0
        var workers = 1
        var children: [Int: Child] = [:]
        /// Deaths in a row without a longer life in between, by place.
        var deaths: [Int: Int] = [:]
        var isStopping = false
        var whenEmpty: [CheckedContinuation<Void, Never>] = []

        /// Takes a child out. With the last one go those who wait for that: the caller resumes them.
        mutating func remove(_ place: Int) -> (child: Child?, whenEmpty: [CheckedContinuation<Void, Never>]) {
            let child = children.removeValue(forKey: place)
            guard children.isEmpty else { return (child, []) }
            defer { whenEmpty = [] }
            return (child, whenEmpty)
        }
    }

    private let arguments: @Sendable (_ id: String, _ workers: Int) -> [String]
    private let secrets: [String]
    private let secret: ClusterSecret
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter arguments: of `recto node`, for a node of that id that renders so many pages at a time.
    /// - Parameter secrets: variables for the nodes that a list of processes must not show, `NAME=VALUE` each.
    init(
        arguments: @escaping @Sendable (_ id: String, _ workers: Int) -> [String], secrets: [String],
        secret: ClusterSecret,
        logger: Logger
    ) {
        self.arguments = arguments
        self.secrets = secrets
        self.secret = secret
        self.logger = logger
    }

    /// - Parameter workers: pages that each of them renders at a time; those that are there already change it.
    func scale(to count: Int, workers: Int) {
        state.withLock { state in
            state.wanted = count
            guard state.workers != workers else { return }
            state.workers = workers
            // A descriptor may be another's as soon as the child is out of the table.
            for child in state.children.values where child.processID > 0 {
                ControlSocket.tell(workers: workers, at: child.control)
            }
        }
        reconcile()
    }

    /// Makes what is there what is wanted.
    private func reconcile() {
        let (missing, surplus) = state.withLock { state -> ([Int], [Int32]) in
            let wanted = state.isStopping ? 0 : state.wanted
            let missing = (1...max(1, wanted)).filter { $0 <= wanted && state.children[$0] == nil }
            // The places are taken here and now, or two callers at once would start the same node twice.
            for place in missing { state.children[place] = Child(processID: 0, control: -1) }
            var surplus: [Int32] = []
            for (place, child) in state.children where place > wanted && child.isWanted && child.processID > 0 {
                state.children[place]?.isWanted = false
                surplus.append(child.processID)
            }
            return (missing, surplus)
        }
        for process in surplus { kill(process, SIGTERM) }
        for place in missing { start(place) }
    }

    private func start(_ place: Int) {
        let id = "node-\(place)"
        do {
            let (ours, theirs) = try FrameChannel.pair()
            defer { close(theirs) }
            let workers = state.withLock { $0.workers }
            let process = Spawn.start(
                Machine.programPath, arguments(id, workers), Self.environment() + secrets, descriptors: [theirs])
            guard process > 0 else {
                close(ours)
                throw SystemError(call: "posix_spawn", code: -process)
            }
            let line = secret.value + "\n"
            _ = line.withCString { write(ours, $0, strlen($0)) }
            state.withLock { state in
                state.children[place] = Child(processID: process, control: ours)
                if state.workers != workers { ControlSocket.tell(workers: state.workers, at: ours) }
            }
            reconcile()
            let started = ContinuousClock.now
            try SystemThread.start("node-\(place)") { [self] in
                var status: CInt = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                ended(place, status, lived: started.duration(to: .now))
            }
        } catch {
            logger.error("a node could not be started", metadata: ["node": "\(id)", "error": "\(error)"])
            let whenEmpty = state.withLock { $0.remove(place).whenEmpty }
            for continuation in whenEmpty { continuation.resume() }
            Task {
                try? await Task.sleep(for: .seconds(1))
                reconcile()
            }
        }
    }

    private func ended(_ place: Int, _ status: CInt, lived: Duration) {
        let (wasWanted, pause, whenEmpty) = state.withLock { state in
            let (child, whenEmpty) = state.remove(place)
            guard let child else { return (false, Duration.zero, whenEmpty) }
            close(child.control)
            state.deaths[place] = lived > .seconds(10) ? 0 : (state.deaths[place] ?? 0) + 1
            let pause = Duration.milliseconds(min(5000, 50 << min(state.deaths[place] ?? 0, 8)))
            return (child.isWanted && !state.isStopping, pause, whenEmpty)
        }
        for continuation in whenEmpty { continuation.resume() }
        guard wasWanted else { return reconcile() }
        // One that was drained on purpose ends well, and its place is wanted all the same.
        logger.log(
            level: status == 0 ? .notice : .warning, "a node ended and is replaced",
            metadata: ["node": "node-\(place)", "status": "\(status)"])
        Task {
            try? await Task.sleep(for: pause)
            reconcile()
        }
    }

    /// Drains all nodes; kills those that are left after `deadline`.
    func stop(deadline: Duration) async {
        state.withLock { $0.isStopping = true }
        reconcile()
        let killer = Task {
            try await Task.sleep(for: deadline)
            for child in state.withLock({ Array($0.children.values) }) where child.processID > 0 {
                kill(child.processID, SIGKILL)
            }
        }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.children.isEmpty { state.whenEmpty.append(continuation) }
                return state.children.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
        killer.cancel()
    }

    /// A node gets its settings on the command line; of the environment it needs what programs in general do, and the keys of
    /// archives, which a list of processes would show.
    private static func environment() -> [String] {
        let names: [String] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"]
        let keys = [
            "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE",
            "RECTO_ARCHIVE_AUTHORIZATION", "SSL_CERT_FILE", "SSL_CERT_DIR",
        ]
        return (names + keys).compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
    }
}
