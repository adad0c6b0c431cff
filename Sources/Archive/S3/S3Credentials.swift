// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Keys of an S3 account. They show in no log.
struct S3Credentials: Equatable, CustomStringConvertible {
    var id: String
    var secret: String
    var session: String?

    var description: String { "\(id.prefix(4))…" }

    /// From the environment, else from the credentials file that `AWS_SHARED_CREDENTIALS_FILE` names or that lies in the
    /// home folder. Nil where there are none: requests then go out unsigned, as to a public bucket.
    /// - Throws: `refused` with a message for the user.
    init?(environment: [String: String]) throws(ArchiveError) {
        if let id = environment["AWS_ACCESS_KEY_ID"], !id.isEmpty {
            guard let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
                throw .refused("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
            }
            self.init(
                id: id, secret: secret, session: environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 })
            return
        }
        let named = environment["AWS_SHARED_CREDENTIALS_FILE"]
        guard let path = named ?? environment["HOME"].map({ "\($0)/.aws/credentials" }) else { return nil }
        guard let text = Self.text(of: path) else {
            if named != nil { throw .refused("\(path): \(String(cString: strerror(errno)))") }
            return nil
        }
        let profile = environment["AWS_PROFILE"] ?? "default"
        guard let found = Self.parse(text, profile: profile) else {
            if named == nil, environment["AWS_PROFILE"] == nil { return nil }
            throw .refused("\(path): no keys for the profile “\(profile)”")
        }
        self = found
    }

    init(id: String, secret: String, session: String? = nil) {
        self.id = id
        self.secret = secret
        self.session = session
    }

    /// The keys of a profile in the text of a credentials file: `[profile]` and `name = value` lines.
    static func parse(_ text: String, profile: String) -> S3Credentials? {
        var section = ""
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline).map(trimmed) {
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = trimmed(line.dropFirst().dropLast())
            } else if section == profile, let equals = line.firstIndex(of: "=") {
                values[trimmed(line[..<equals])] = trimmed(line[line.index(after: equals)...])
            }
        }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
        return S3Credentials(id: id, secret: secret, session: values["aws_session_token"])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func text(of path: String) -> String? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return (try? FileBytes.read(0..<65536, of: descriptor)).map { String(decoding: $0, as: UTF8.self) }
    }
}
