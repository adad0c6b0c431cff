// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import Archive

struct S3SettingsTests {
    @Test("a bucket of Amazon's is a host of its own, one behind an endpoint a part of the path")
    func styles() throws {
        let amazon = try S3Location("s3://my-bucket/a/b", environment: ["AWS_REGION": "eu-west-1"])
        #expect(amazon.base == "https://my-bucket.s3.eu-west-1.amazonaws.com" && !amazon.isPathStyle)
        #expect(amazon.path(amazon.key(try DocumentID("c d.pdf")) ?? []) == "/a/b/c%20d.pdf")
        let dotted = try S3Location("s3://my.bucket", environment: [:])
        #expect(dotted.base == "https://s3.us-east-1.amazonaws.com" && dotted.path() == "/my.bucket/")
        let own = try S3Location("s3://bucket/", environment: ["AWS_ENDPOINT_URL": "http://store:80/"])
        #expect(own.base == "http://store" && own.host == "store" && own.prefix.isEmpty)
        #expect(own.path(Array("é/x".utf8)) == "/bucket/%C3%A9/x")
        let port = try S3Location("s3://bucket", environment: ["AWS_ENDPOINT_URL": "https://store:9000"])
        #expect(port.host == "store:9000")
    }

    @Test("names that S3 cannot have are none of its documents'")
    func keys() throws {
        let location = try S3Location("s3://bucket/p", environment: [:])
        #expect(location.key(try DocumentID(bytes: [0xFF])) == nil)
        #expect(location.key(try DocumentID(String(repeating: "x", count: 1022))) != nil)
        #expect(location.key(try DocumentID(String(repeating: "x", count: 1023))) == nil)
    }

    @Test(
        "what is no bucket and no endpoint is refused",
        arguments: ["s3://", "s3://a", "s3:///x", "s3://a b/", "s3://b?x"])
    func malformed(location: String) {
        #expect(throws: ArchiveError.self) { _ = try S3Location(location, environment: [:]) }
        for endpoint in ["store", "ftp://store", "http://", "http://user@store", "http://store/path"] {
            #expect(throws: ArchiveError.self) {
                _ = try S3Location("s3://bucket", environment: ["AWS_ENDPOINT_URL": endpoint])
            }
        }
    }

    @Test("keys come from the environment, else from the profile of a file, else there are none")
    func credentials() throws {
        let given = try S3Credentials(environment: [
            "AWS_ACCESS_KEY_ID": "i", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "",
        ])
        #expect(given == S3Credentials(id: "i", secret: "s"))
        #expect(try S3Credentials(environment: [:]) == nil)
        #expect(throws: ArchiveError.self) { _ = try S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "i"]) }
        #expect(throws: ArchiveError.self) {
            _ = try S3Credentials(environment: ["AWS_SHARED_CREDENTIALS_FILE": "/nowhere/at/all"])
        }
        let text = """
            # keys
            [default]
            aws_access_key_id = A
            aws_secret_access_key=B/+=
            [ other ]
            aws_access_key_id=C
            aws_secret_access_key = D
            aws_session_token = E
            [half]
            aws_access_key_id=F
            """
        #expect(S3Credentials.parse(text, profile: "default") == S3Credentials(id: "A", secret: "B/+="))
        #expect(S3Credentials.parse(text, profile: "other") == S3Credentials(id: "C", secret: "D", session: "E"))
        #expect(S3Credentials.parse(text, profile: "half") == nil)
        #expect(S3Credentials.parse(text, profile: "none") == nil)
    }

    @Test("secrets do not show in what is printed of them")
    func secrecy() {
        let text = "\(S3Credentials(id: "AKIDEXAMPLE", secret: "hidden", session: "also"))"
        #expect(!text.contains("hidden") && !text.contains("also"))
    }

    @Test("a service that is not there is away, and does not refuse")
    func away() async throws {
        let archive = try S3Archive(
            location: "s3://bucket", environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "x"])
        for ask in [
            { _ = try await archive.stat(DocumentID("a")) }, { try await archive.check() },
            { _ = try await archive.list(prefix: [], cursor: nil, limit: 1) },
        ] as [@Sendable () async throws -> Void] {
            do {
                try await ask()
                Issue.record("somebody listens at port 1")
            } catch { #expect((error as? ArchiveError)?.label == "unreachable") }
        }
    }
}
