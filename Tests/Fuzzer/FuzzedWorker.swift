// SPDX-License-Identifier: Apache-2.0

import Glibc
import RenderPool
import TileModel
import WorkerProtocol

/// How a worker took a document.
enum Verdict: Equatable {
    /// It answered everything that was asked; whether it could open the document does not matter.
    case answered(opened: Bool)
    case died(String)
    case late
    /// It sent what is no frame, or a frame that answers nothing that was asked.
    case garbled
}

/// A worker of the real program, spoken to as the pool does.
final class FuzzedWorker {
    private let program: String
    private let deadline: Duration
    private var process: Int32 = 0
    private var channel: FrameChannel?
    private var nextID: UInt32 = 0
    private(set) var starts = 0

    init(program: String, deadline: Duration) {
        self.program = program
        self.deadline = deadline
    }

    deinit { stop() }

    private func start() throws {
        let (ours, theirs) = try FrameChannel.pair()
        let channel = FrameChannel(descriptor: ours)
        defer { close(theirs) }
        process = Spawn.start(
            program,
            [
                "--memory-budget", "\(256 << 20)", "--address-space", "\(4 << 30)", "--sandbox", "best",
            ], ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"], descriptors: [theirs])
        guard process > 0 else { throw SystemError(call: "posix_spawn", code: -process) }
        self.channel = channel
        starts += 1
        guard let (body, _) = try channel.receive(), case .ready = try WorkerFrame(decoding: body[...]) else {
            throw SystemError(call: "start of the worker", code: ECHILD)
        }
    }

    /// Ends the process and says how it ended.
    @discardableResult
    private func stop() -> String {
        guard channel != nil else { return "" }
        kill(process, SIGKILL)
        channel = nil
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? "exited \(status >> 8 & 0xFF)" : "signal \(signal)"
    }

    /// Has the worker open a document, tell its structure and outline, and draw its first page and a part of it.
    func take(_ bytes: [UInt8]) throws -> Verdict {
        if channel == nil { try start() }
        let verdict = try questions(bytes)
        switch verdict {
        case .answered: break
        case .died:
            // Closing the channel is what ends a worker that lives, so its own end is waited for first.
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            channel = nil
            let signal = status & 0x7F
            return .died(signal == 0 ? "exited \(status >> 8 & 0xFF)" : "signal \(signal)")
        case .late, .garbled: stop()
        }
        return verdict
    }

    private func questions(_ bytes: [UInt8]) throws -> Verdict {
        let file = try UnnamedFile(bytes)
        let key = withUnsafeBytes(of: nextID) { Array($0) }
        let limit = ContinuousClock.now + deadline
        func ask(_ request: WorkerRequest) throws -> Answer {
            nextID &+= 1
            let job = WorkerJob(id: nextID, documentKey: key, request: request, source: .file(file.identity))
            guard let channel, (try? channel.send(PoolFrame.job(job).encoded(), attached: [file.descriptor])) != nil
            else {
                return .ended(.died(""))
            }
            return receive(nextID, until: limit)
        }
        defer { try? channel?.send(PoolFrame.forget(documentKey: key).encoded()) }

        var geometry: PageGeometry?
        switch try ask(.structure(from: 1, count: 16)) {
        case .ended(let verdict): return verdict
        case .failed: return .answered(opened: false)
        case .replied(.structure(let part)): geometry = part.pages.first?.geometry
        case .replied: return .garbled
        }
        if case .ended(let verdict) = try ask(.outline) { return verdict }
        for request in [WorkerRequest.text(page: 1), .links(page: 1), .search("the", from: 1)] {
            if case .ended(let verdict) = try ask(request) { return verdict }
        }
        guard let size = geometry?.pixelSize else { return .answered(opened: true) }
        for tile in Self.tiles(size) {
            if case .ended(let verdict) = try ask(.render(tile, pageSize: size)) { return verdict }
        }
        return .answered(opened: true)
    }

    private enum Answer {
        case replied(WorkerReply)
        case failed
        case ended(Verdict)
    }

    private func receive(_ id: UInt32, until limit: ContinuousClock.Instant) -> Answer {
        guard let channel else { return .ended(.died("")) }
        let left = max(0, ContinuousClock.now.duration(to: limit) / .milliseconds(1))
        var events = pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&events, 1, CInt(left)) > 0 else { return .ended(.late) }
        do {
            guard let (body, _) = try channel.receive() else { return .ended(.died("")) }
            switch try WorkerFrame(decoding: body[...]) {
            case .done(id, let reply, _): return .replied(reply)
            case .failed(id, _, _): return .failed
            default: return .ended(.garbled)
            }
        } catch {
            // An end in the middle of a frame is a death.
            var events = pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0)
            let hasEnded = poll(&events, 1, 0) > 0 && events.revents & Int16(POLLHUP) != 0
            return .ended(hasEnded ? .died("") : .garbled)
        }
    }

    /// The page in a small picture, and a part of its middle at the announced scale.
    private static func tiles(_ size: PixelSize) -> [Tile] {
        let whole = PixelRegion(x: 0, y: 0, width: size.width, height: size.height)
        let scale = 256 / Double(max(size.width, size.height))
        let fit = PixelSize(
            width: max(1, Int(Double(size.width) * scale)), height: max(1, Int(Double(size.height) * scale)))
        let part = PixelRegion(
            x: size.width / 3, y: size.height / 3, width: min(256, size.width - size.width / 3),
            height: min(256, size.height - size.height / 3))
        return [
            Tile(page: 1, region: whole, size: fit, format: .png),
            Tile(page: 1, region: part, size: PixelSize(width: part.width, height: part.height), format: .jpg),
        ]
    }
}

/// A document in a file without a name, to be handed to a worker as the pool hands one: for reading only.
final class UnnamedFile {
    let descriptor: CInt
    let identity: SourceIdentity

    init(_ bytes: [UInt8]) throws {
        var path = Array("/tmp/recto-fuzz-XXXXXX".utf8CString)
        let writing = mkstemp(&path)
        guard writing >= 0 else { throw SystemError(call: "mkstemp", code: errno) }
        defer { close(writing) }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        unlink(path)
        guard descriptor >= 0 else { throw SystemError(call: "open", code: errno) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(writing, $0.baseAddress! + written, $0.count - written) }
            guard count > 0 else { throw SystemError(call: "write", code: errno) }
            written += count
        }
        var status = stat()
        fstat(descriptor, &status)
        identity = SourceIdentity(
            size: Int(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
