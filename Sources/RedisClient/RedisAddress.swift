// SPDX-License-Identifier: Apache-2.0

/// Where a Redis server is and who we are there: `redis://[[user]:password@]host[:port][/database]`. It never shows its
/// password in a description, so that no log can hold it.
package struct RedisAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package struct Invalid: Error, CustomStringConvertible, Equatable {
        package let description: String
    }

    package let host: String
    package let port: UInt16
    package let database: Int
    package let user: String?
    let password: String?

    /// - Throws: `Invalid`, which says what is wrong without saying the password.
    package init(_ text: String) throws(Invalid) {
        if text.hasPrefix("rediss://") {
            throw Invalid(
                description: "rediss:// (TLS) is not spoken; put a TLS proxy beside it, and give its redis://")
        }
        guard text.hasPrefix("redis://") else { throw Invalid(description: "it does not begin with redis://") }
        var rest = text.dropFirst("redis://".count)
        if rest.contains(where: { $0 == "?" || $0 == "#" }) { throw Invalid(description: "it has a query") }
        var (user, password): (String?, String?) = (nil, nil)
        if let at = rest.lastIndex(of: "@") {
            (user, password) = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        (host, port) = try Self.endpoint(parts[0])
        guard parts.count == 1 || parts[1].isEmpty || (Int(parts[1]).map { (0...1_000_000).contains($0) } ?? false)
        else { throw Invalid(description: "its database is no number") }
        database = parts.count == 1 ? 0 : Int(parts[1]) ?? 0
        self.user = user
        self.password = password
    }

    private static func credentials(_ text: Substring) throws(Invalid) -> (String?, String?) {
        guard let colon = text.firstIndex(of: ":") else {
            throw Invalid(description: "there is no colon between user and password")
        }
        guard let user = decoded(text[..<colon]), let password = decoded(text[text.index(after: colon)...]) else {
            throw Invalid(description: "user or password are not percent-encoded UTF-8")
        }
        return (user.isEmpty ? nil : user, password)
    }

    private static func endpoint(_ text: Substring) throws(Invalid) -> (String, UInt16) {
        var (host, port) = (text, Substring("6379"))
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = rest.dropFirst() } else if !rest.isEmpty { port = "" }
        } else if let colon = text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard !host.isEmpty, !host.contains(where: { "[]@ ".contains($0) }) else {
            throw Invalid(description: "it names no host")
        }
        guard let number = UInt16(port), number > 0 else {
            throw Invalid(description: "its port is not from 1 to 65535")
        }
        return (String(host), number)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    package var description: String { "redis://\(host):\(port)/\(database)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
