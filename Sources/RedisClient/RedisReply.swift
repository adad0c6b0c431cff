// SPDX-License-Identifier: Apache-2.0

import CHiredis

/// What a server answers.
package enum RedisReply: Sendable, Equatable {
    case none
    case bytes([UInt8])
    case integer(Int)
    case list([RedisReply])
    /// `OK` and the like.
    case status(String)
    /// The server does not do it, and says why.
    case refused(String)

    init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING: self = .bytes(Self.bytes(reply))
        case REDIS_REPLY_INTEGER: self = .integer(Int(reply.integer))
        case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .refused(String(decoding: Self.bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .list(
                (0..<reply.elements).map { reply.element[$0].map { RedisReply($0.pointee) } ?? .none })
        default: self = .none
        }
    }

    private static func bytes(_ reply: redisReply) -> [UInt8] {
        guard let start = reply.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: reply.len))
    }
}
