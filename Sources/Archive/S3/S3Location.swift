// SPDX-License-Identifier: Apache-2.0

import TileModel

/// Where a bucket is, and how its objects are addressed. Pure.
struct S3Location: Equatable {
    let bucket: String
    /// Before each document's name, with a slash at its end; or empty.
    let prefix: [UInt8]
    let region: String
    /// `https://host:port` without a trailing slash.
    let base: String
    /// What the request and its signature say as `Host`.
    let host: String
    /// Whether the bucket is the first part of the path rather than of the host name.
    let isPathStyle: Bool

    /// The longest key that S3 takes, in bytes.
    private static let longestKey = 1024

    /// - Parameter location: `s3://bucket/prefix`.
    /// - Throws: `refused` with a message for the user.
    init(_ location: String, environment: [String: String]) throws(ArchiveError) {
        let parts = location.dropFirst("s3://".count).split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (3...255).contains(name.utf8.count) else {
            throw .refused("\(location): “\(name)” is not the name of a bucket")
        }
        bucket = name
        var prefix = parts.count > 1 ? Array(parts[1].utf8) : []
        if !prefix.isEmpty, prefix.last != UInt8(ascii: "/") { prefix.append(UInt8(ascii: "/")) }
        self.prefix = prefix
        region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        let endpoint = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
        // A name with dots does not fit the certificate of virtual hosts.
        isPathStyle = endpoint != nil || name.contains(".")
        if let endpoint, !endpoint.isEmpty {
            (base, host) = try Self.split(endpoint)
        } else {
            let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            host = (isPathStyle ? "" : "\(name).") + "s3.\(region).\(domain)"
            base = "https://\(host)"
        }
    }

    private static func split(_ endpoint: String) throws(ArchiveError) -> (base: String, host: String) {
        var endpoint = Substring(endpoint)
        while endpoint.hasSuffix("/") { endpoint = endpoint.dropLast() }
        for scheme in ["http://", "https://"] where endpoint.hasPrefix(scheme) {
            let host = endpoint.dropFirst(scheme.count)
            guard !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else { break }
            // Clients leave the scheme's own port out of the Host header.
            let standard = scheme == "http://" ? ":80" : ":443"
            let shown = host.hasSuffix(standard) ? host.dropLast(standard.count) : host
            return (scheme + shown, String(shown))
        }
        throw .refused("AWS_ENDPOINT_URL: “\(endpoint)” is not http://HOST or https://HOST")
    }

    /// The bytes of the object's key; nil where S3 can have none of that name.
    func key(_ document: DocumentID) -> [UInt8]? {
        let key = prefix + document.bytes
        return key.count <= Self.longestKey && String(validating: key, as: UTF8.self) != nil ? key : nil
    }

    /// The path of an object, or of the bucket where the key is empty, percent-encoded as signatures want it.
    func path(_ key: [UInt8] = []) -> String {
        let parts = key.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let encoded = parts.map { PercentEncoding.encode($0) }.joined(separator: "/")
        return isPathStyle ? "/\(bucket)/\(encoded)" : "/\(encoded)"
    }
}
