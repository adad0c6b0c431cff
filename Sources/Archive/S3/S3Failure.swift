// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What an answer of S3 that is no success means, in words that say what to do about it. Pure.
enum S3Failure {
    /// - Parameter now: seconds since 1970.
    static func error(_ answer: S3Client.Answer, at location: S3Location, now: Int) -> ArchiveError {
        let fields = S3Answer.fields(answer.body)?.values ?? [:]
        let code = fields["Code"] ?? ""
        switch (answer.status.code, code) {
        case (412, _), (409, "ConditionalRequestConflict"): return .preconditionFailed
        case (_, "NoSuchBucket"):
            return .refused("there is no bucket “\(location.bucket)” at \(location.host)")
        case (_, "InvalidAccessKeyId"):
            return .refused("\(location.host) does not know the access key: look at AWS_ACCESS_KEY_ID")
        case (_, "SignatureDoesNotMatch"):
            return .refused("the secret key does not belong to the access key: look at AWS_SECRET_ACCESS_KEY")
        case (_, "ExpiredToken"), (_, "InvalidToken"), (_, "TokenRefreshRequired"):
            return .refused("the session token is not valid any more: look at AWS_SESSION_TOKEN")
        case (_, "RequestTimeTooSkewed"): return .refused(skew(answer, location, now))
        case (301, _), (307, _), (_, "PermanentRedirect"), (_, "AuthorizationHeaderMalformed"):
            return .refused(region(answer, fields, location))
        case (403, _):
            // Not for good: who may not list may still read.
            return .failed(
                "access to the bucket “\(location.bucket)” was denied\(code.isEmpty ? "" : " (\(code))"): look at the keys and the rights of their account"
            )
        case (404, _): return .notFound
        default:
            let said = [code, fields["Message"] ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
            return .failed("\(location.host) answered \(answer.status.code) \(said.prefix(300))")
        }
    }

    private static func skew(_ answer: S3Client.Answer, _ location: S3Location, _ now: Int) -> String {
        let theirs = answer.headers.first(name: "Date").flatMap(CivilTime.http)
        let difference = theirs.map {
            ": it is \(abs(Int($0) - now)) s \(Int($0) > now ? "behind" : "ahead of") theirs"
        }
        return "the clock of this machine differs from that of \(location.host)\(difference ?? "")"
    }

    private static func region(_ answer: S3Client.Answer, _ fields: [String: String], _ location: S3Location) -> String
    {
        let right = answer.headers.first(name: "x-amz-bucket-region") ?? fields["Region"]
        let hint = right.map { "AWS_REGION=\($0)" } ?? "another AWS_REGION"
        return "the bucket “\(location.bucket)” is not in the region \(location.region): set \(hint)"
    }
}
