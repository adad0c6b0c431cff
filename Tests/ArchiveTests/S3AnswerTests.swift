// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import Testing

@testable import Archive

struct S3AnswerTests {
    private func listing(_ text: String) throws -> S3Answer.Listing { try S3Answer.listing(Array(text.utf8)) }

    @Test("a listing gives keys, tags, sizes, times and where to go on")
    func listing() throws {
        let listing = try listing(
            """
            <?xml version="1.0" encoding="UTF-8"?><!-- a -->
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>
            <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b=</NextContinuationToken><CommonPrefixes/>
            <Contents><Key>a+b%2Bc%C3%A9</Key><LastModified>2009-10-12T17:50:30.500Z</LastModified>
            <ETag>&quot;fba9-2&quot;</ETag><Size>434234</Size><Owner><ID>x</ID></Owner></Contents>
            <Contents><Key>z</Key><ETag>&#34;e&#x22;</ETag><Size>0</Size></Contents></ListBucketResult>
            """)
        #expect(listing.isTruncated && listing.continuation == "a&b=")
        #expect(listing.objects.map(\.key) == [Array("a b+cé".utf8), Array("z".utf8)])
        #expect(listing.objects[0].entityTag == "\"fba9-2\"" && listing.objects[1].entityTag == "\"e\"")
        #expect(listing.objects[0].size == 434_234 && listing.objects[0].modified == 1_255_369_830.5)
    }

    @Test("keys are taken as they are where the answer does not say that they are encoded")
    func plainKeys() throws {
        let listing = try listing("<L><Contents><Key>100%25+</Key></Contents></L>")
        #expect(listing.objects.map(\.key) == [Array("100%25+".utf8)])
    }

    @Test(
        "what is not well formed, breaks off or brings entities of its own is a failure",
        arguments: [
            "<L><Contents>", "<L></M>", "</L>", "<L>&unknown;</L>", "<L>&#xD800;</L>", "<L", "<L><!-- </L>",
            "<!DOCTYPE L [<!ENTITY a 'b'>]><L>&a;</L>", "<L><IsTruncated>true</IsTruncated></L>",
            String(repeating: "<a>", count: 100),
        ])
    func malformed(text: String) {
        #expect(throws: ArchiveError.self) { try listing(text) }
    }

    // MARK: Failures

    private func error(
        _ status: HTTPResponseStatus, _ code: String, headers: HTTPHeaders = [:], more: String = ""
    ) throws -> ArchiveError {
        let body = "<Error><Code>\(code)</Code><Message>m</Message>\(more)</Error>"
        let location = try S3Location("s3://bucket", environment: ["AWS_ENDPOINT_URL": "http://store.test"])
        let answer = S3Client.Answer(status: status, headers: headers, body: Array(body.utf8))
        return S3Failure.error(answer, at: location, now: 784_111_777 + 1000)
    }

    @Test("what is wrong with the settings is told in words that say which")
    func settings() throws {
        let cases: [(HTTPResponseStatus, String, String)] = [
            (.forbidden, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
            (.forbidden, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
            (.badRequest, "ExpiredToken", "AWS_SESSION_TOKEN"), (.notFound, "NoSuchBucket", "no bucket “bucket”"),
        ]
        for (status, code, hint) in cases {
            guard case .refused(let text) = try error(status, code) else {
                Issue.record("\(code) is not refused")
                continue
            }
            #expect(text.contains(hint))
        }
    }

    @Test("a clock that is wrong is told with the difference, and another region by its name")
    func clockAndRegion() throws {
        let skew = try error(.forbidden, "RequestTimeTooSkewed", headers: ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"])
        #expect(
            skew == .refused("the clock of this machine differs from that of store.test: it is 1000 s ahead of theirs"))
        let region = try error(.movedPermanently, "PermanentRedirect", headers: ["x-amz-bucket-region": "eu-west-1"])
        #expect(region == .refused("the bucket “bucket” is not in the region us-east-1: set AWS_REGION=eu-west-1"))
        let malformed = try error(.badRequest, "AuthorizationHeaderMalformed", more: "<Region>eu-south-2</Region>")
        #expect(malformed == .refused("the bucket “bucket” is not in the region us-east-1: set AWS_REGION=eu-south-2"))
    }

    @Test("conditions that do not hold and objects that are not there are told apart from failures")
    func others() throws {
        #expect(try error(.preconditionFailed, "PreconditionFailed") == .preconditionFailed)
        #expect(try error(.conflict, "ConditionalRequestConflict") == .preconditionFailed)
        #expect(try error(.notFound, "NoSuchKey") == .notFound)
        guard case .failed = try error(.internalServerError, "InternalError") else {
            Issue.record("not a failure")
            return
        }
    }
}
