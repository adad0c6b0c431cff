// SPDX-License-Identifier: Apache-2.0

/// What the pool sends.
package enum PoolFrame: Sendable {
    case job(WorkerJob)
    /// Nobody waits for this job any more.
    case cancel(UInt32)
    /// The worker shall close the document.
    case forget(documentKey: [UInt8])
}

/// What a worker sends.
package enum WorkerFrame: Sendable {
    /// The first frame: the worker is ready. Carries everything of it that decides a tile's bytes, and what of the sandbox
    /// holds, for people.
    case ready(fingerprint: String, sandbox: String)
    case done(UInt32, WorkerReply, WorkerReport)
    case failed(UInt32, WorkerFailure, WorkerReport)
}

/// How a worker ends when it cannot start.
package enum WorkerExit {
    /// The sandbox was required and does not hold. Standard error says why.
    package static let sandboxIncomplete: CInt = 3
}

/// Frames are a 32-bit little-endian length and that many bytes.
package enum FrameCoding {
    /// A page of 40 megapixels that does not compress is 120 MB as PNG.
    package static let longestFrame = 256 << 20
    package static let headerSize = 4

    package static func header(forBody count: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(count).littleEndian) { Array($0) }
    }
}

extension PoolFrame {
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .job(let job):
            writer.write(UInt8(0))
            writer.write(job.id)
            writer.write(job.documentKey)
            writer.write(job.source) { $0.write($1) }
            writer.write(job.password) { $0.write($1) }
            writer.write(job.request)
        case .cancel(let id):
            writer.write(UInt8(1))
            writer.write(id)
        case .forget(let key):
            writer.write(UInt8(2))
            writer.write(key)
        }
        return writer.bytes
    }

    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedFrame) {
        var reader = ByteReader(bytes)
        switch try reader.byte() {
        case 0:
            let (id, key) = (try reader.uint32(), try reader.array())
            let source = try reader.optional { reader throws(MalformedFrame) in try reader.source() }
            let password = try reader.optional { reader throws(MalformedFrame) in try reader.array() }
            self = .job(
                WorkerJob(
                    id: id, documentKey: key, request: try reader.request(), source: source, password: password))
        case 1: self = .cancel(try reader.uint32())
        case 2: self = .forget(documentKey: try reader.array())
        default: throw MalformedFrame()
        }
    }
}

extension WorkerFrame {
    /// The frame's bytes but for a picture's data, which goes out behind them without being copied.
    package func encoded() -> (head: [UInt8], data: [UInt8]) {
        var writer = ByteWriter()
        var data: [UInt8] = []
        switch self {
        case .ready(let fingerprint, let sandbox):
            writer.write(UInt8(0))
            writer.write(fingerprint)
            writer.write(sandbox)
        case .done(let id, let reply, let report):
            writer.write(UInt8(1))
            writer.write(id)
            writer.write(report)
            data = writer.write(reply)
        case .failed(let id, let failure, let report):
            writer.write(UInt8(2))
            writer.write(id)
            writer.write(report)
            writer.write(failure)
        }
        return (writer.bytes, data)
    }

    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedFrame) {
        var reader = ByteReader(bytes)
        switch try reader.byte() {
        case 0: self = .ready(fingerprint: try reader.string(), sandbox: try reader.string())
        case 1:
            let (id, report) = (try reader.uint32(), try reader.report())
            self = .done(id, try reader.reply(), report)
        case 2:
            let (id, report) = (try reader.uint32(), try reader.report())
            self = .failed(id, try reader.failure(), report)
        default: throw MalformedFrame()
        }
    }
}
