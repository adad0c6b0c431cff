// SPDX-License-Identifier: Apache-2.0

import RedisClient
import Testing

struct RedisAddressTests {
    @Test("an address may leave out all but the host")
    func short() throws {
        let address = try RedisAddress("redis://cache")
        #expect(address.host == "cache" && address.port == 6379 && address.database == 0 && address.user == nil)
    }

    @Test("an address may say everything")
    func whole() throws {
        let address = try RedisAddress("redis://us%65r:p%40ss:w/d@[::1]:7000/3")
        #expect(address.host == "::1" && address.port == 7000 && address.database == 3 && address.user == "user")
    }

    @Test("no description shows the password")
    func secret() throws {
        let address = try RedisAddress("redis://user:hunter2@cache:1/2")
        for text in ["\(address)", String(reflecting: address), "\(Mirror(reflecting: address).children.map(\.value))"]
        {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test(
        "what cannot be an address is refused with a reason",
        arguments: [
            "", "cache:6379", "http://cache", "redis://", "redis://:6379", "redis://cache:0", "redis://cache:65536",
            "redis://cache:x", "redis://cache/x", "redis://cache/-1", "redis://user@cache", "redis://a:%zz@cache",
            "redis://cache?x=1", "redis://[::1", "redis://[::1]x",
        ])
    func refused(_ text: String) {
        #expect(throws: RedisAddress.Invalid.self) { try RedisAddress(text) }
    }

    @Test("TLS is refused by name")
    func tls() {
        let error = #expect(throws: RedisAddress.Invalid.self) { try RedisAddress("rediss://cache") }
        #expect(error?.description.contains("TLS") == true)
    }
}
