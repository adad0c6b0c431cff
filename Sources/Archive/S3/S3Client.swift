// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import TileModel

/// Signs requests, sends them, and tries them again where that can help.
final class S3Client: Sendable {
    struct Request: Sendable {
        var method: HTTPMethod
        /// The object's key; empty: the bucket itself.
        var key: [UInt8] = []
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// The longest body of an answer that is taken.
        var answerLimit = 8 << 20
    }

    struct Answer: Sendable {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    let location: S3Location
    private let credentials: S3Credentials?
    private let http = OwnedHTTPClient()
    private let plan = RetryPlan()

    init(location: S3Location, credentials: S3Credentials?) {
        self.location = location
        self.credentials = credentials
    }

    /// The answer with its whole body, whatever its status but for those that trying again may help against.
    /// - Throws: `ArchiveError.unreachable`, or `failed` where it has too much to do, once the attempts or their time are used up.
    func send(_ request: Request) async throws -> Answer {
        let start = ContinuousClock.now
        var failures = 0
        while true {
            var failure: ArchiveError
            var asked: Duration?
            do {
                let answer = try await once(request)
                guard Self.isPassing(answer) else { return answer }
                asked = answer.headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
                failure = Self.failure("\(location.host) answered \(answer.status.code)", Self.code(answer))
            } catch let error as ArchiveError {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as HTTPClientError where error == .cancelled {
                throw CancellationError()
            } catch is NIOTooManyBytesError {
                throw ArchiveError.failed("\(location.host) answered more than was asked for")
            } catch {
                failure = .unreachable("\(location.host): \(error)")
            }
            failures += 1
            let delay = plan.delay(
                afterFailures: failures, elapsed: start.duration(to: .now), asked: asked, dice: .random(in: 0...1))
            guard let delay else { throw failure }
            try await Task.sleep(for: delay)
        }
    }

    private func once(_ request: Request) async throws -> Answer {
        let path = location.path(request.key)
        let query = SignatureV4.canonical(request.query)
        var message = HTTPClientRequest(url: location.base + path + (query.isEmpty ? "" : "?" + query))
        message.method = request.method
        for (name, value) in try signed(request, path) where name != "host" {
            message.headers.add(name: name, value: value)
        }
        if !request.body.isEmpty { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response = try await http.send(message)
        let body = try await response.bytes(upTo: request.answerLimit)
        return Answer(status: response.status, headers: response.headers, body: body)
    }

    private func signed(_ request: Request, _ path: String) throws(ArchiveError) -> [(name: String, value: String)] {
        var headers = request.headers
        guard let credentials else { return headers }
        let signature = SignatureV4(credentials: credentials, region: location.region, time: Glibc.time(nil))
        let digest = request.body.isEmpty ? SignatureV4.emptyDigest : SignatureV4.digest(request.body)
        headers.append(("host", location.host))
        headers.append(("x-amz-date", signature.date))
        headers.append(("x-amz-content-sha256", digest))
        if let session = credentials.session { headers.append(("x-amz-security-token", session)) }
        let authorization = signature.authorization(
            method: request.method.rawValue, path: path, query: request.query, headers: headers, bodyDigest: digest)
        return headers + [("authorization", authorization)]
    }

    /// Whether the trouble may be over in a moment.
    private static func isPassing(_ answer: Answer) -> Bool {
        switch answer.status.code {
        case 429, 500, 502, 503, 504: true
        case 400, 403: throttling.contains(code(answer))
        default: false
        }
    }

    /// What throttles others' requests may let the next one pass.
    private static func failure(_ text: String, _ code: String?) -> ArchiveError {
        let isThrottled = throttling.contains(code)
        let text = code.map { "\(text) \($0)" } ?? text
        return isThrottled ? .failed(text) : .unreachable(text)
    }

    private static let throttling: [String?] = ["RequestTimeout", "SlowDown", "Throttling"]

    /// The error code in the answer's body.
    static func code(_ answer: Answer) -> String? { S3Answer.fields(answer.body)?.values["Code"] }
}
