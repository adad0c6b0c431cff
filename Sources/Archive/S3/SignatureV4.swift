// SPDX-License-Identifier: Apache-2.0

import Crypto

/// AWS Signature Version 4 of one request (AWS General Reference, "Signing AWS API requests"). Pure.
struct SignatureV4 {
    let credentials: S3Credentials
    let region: String
    var service = "s3"
    /// Seconds since 1970.
    let time: Int

    /// The SHA-256 of no bytes, in hexadecimal.
    static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static func digest(_ bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.text(SHA256.hash(data: Array(bytes)))
    }

    var date: String { CivilTime.basic(time) }
    private var scope: String { "\(date.prefix(8))/\(region)/\(service)/aws4_request" }

    /// The value of `Authorization`.
    /// - Parameters:
    ///   - path: percent-encoded, as it is sent.
    ///   - query: percent-encoded, in any order.
    ///   - headers: all that are signed; `host` and `x-amz-date` must be among them.
    ///   - bodyDigest: the SHA-256 of the body in hexadecimal, as the header `x-amz-content-sha256` says it.
    func authorization(
        method: String, path: String, query: [(name: String, value: String)], headers: [(name: String, value: String)],
        bodyDigest: String
    ) -> String {
        let sorted = headers.map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }
            .sorted { $0.name < $1.name }
        let names = sorted.map(\.name).joined(separator: ";")
        let request = [
            method, path, Self.canonical(query), sorted.map { "\($0.name):\($0.value)\n" }.joined(), names, bodyDigest,
        ].joined(separator: "\n")
        let text = ["AWS4-HMAC-SHA256", date, scope, Self.digest(request.utf8)].joined(separator: "\n")
        let signature = Hexadecimal.text(Self.mac(text, key))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.id)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
    }

    static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { "\($0.name)=\($0.value)" }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            .joined(separator: "&")
    }

    /// White space around a value goes, and that within becomes one space.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }

    private var key: [UInt8] {
        [String(date.prefix(8)), region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secret)".utf8)) {
            Self.mac($1, $0)
        }
    }

    private static func mac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}
