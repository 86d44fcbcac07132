/// Finds credentials in a text by their own form, whatever stands beside them: keys of well-known services, tokens of
/// `Bearer …`, passwords and tokens in addresses, and private keys in PEM (RFC 7468), OpenPGP, SSH2's and PuTTY's forms.
package enum Credentials {
    package static let mark = "‹redacted›"

    /// How keys of well-known services begin.
    private static let prefixes = [
        "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
        "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-", "AKIA", "ASIA", "AIza", "ya29.",
        "hf_", "gsk_", "smo_", "eyJ", "shpat_", "shpss_", "npm_", "dop_v1_", "SG.", "pypi-", "dckr_pat_",
        "lin_api_", "hvs.", "ATATT", "AGE-SECRET-KEY-", "xai-", "pplx-", "r8_", "figd_", "sntrys_", "nvapi-", "sq0csp-",
        "EAACEdEose0cBA", "tskey-", "ntn_", "PMAK-",
    ].map { Array($0.utf8) }
    /// The beginnings of addresses whose path alone lets anybody post messages.
    private static let addresses = [
        "hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/",
        "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "api.telegram.org/bot",
        "webhook.office.com/webhookb2/",
    ].map { Array($0.utf8) }
    private static let firstBytes = Set((prefixes + addresses).map { $0[0] } + "bBtT:-P".utf8)
    /// Minimum bytes of a service's key, including its beginning.
    private static let leastLength = 16

    /// The text with its credentials replaced by ``mark``.
    package static func removed(from text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= 8 else { return text }
        var output: [UInt8] = []
        var done = 0
        var place = 0
        while place < bytes.count {
            guard firstBytes.contains(bytes[place]), let found = secret(at: place, in: bytes, after: done) else {
                place += 1
                continue
            }
            output += bytes[done..<found.lowerBound] + Array(mark.utf8)
            done = found.upperBound
            place = max(found.upperBound, place + 1)
        }
        return done == 0 ? text : String(decoding: output + bytes[done...], as: UTF8.self)
    }

    /// Bytes of a known secret that suffice to recognise it, even if it is cut short or its case differs.
    private static let tellingPiece = 8

    /// The same, and pieces of known secrets are replaced too, with what is written on to them: another key may begin as a known one.
    package static func removed(from text: String, knowing secrets: [String]) -> String {
        func lower(_ bytes: some Sequence<UInt8>) -> [UInt8] {
            bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        }
        func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
            bytes.indices.dropLast(tellingPiece - 1).map { bytes[$0..<($0 + tellingPiece)] }
        }
        let known = Set(secrets.flatMap { pieces(lower($0.utf8)) })
        let bytes = Array(text.utf8)
        var isHidden = [Bool](repeating: false, count: bytes.count)
        for piece in pieces(lower(bytes)) where known.contains(piece) {
            for index in piece.indices { isHidden[index] = true }
        }
        func extend(_ indices: some Sequence<Int>, over other: String) {
            var isBeside = false
            for index in indices {
                isBeside = isHidden[index] || isBeside && (isOfKey(bytes[index]) || other.utf8.contains(bytes[index]))
                isHidden[index] = isBeside
            }
        }
        extend(bytes.indices, over: "+/=")
        // What stands before it may be the address of a server.
        extend(bytes.indices.reversed(), over: "")
        var output: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if !isHidden[index] {
                output.append(byte)
            } else if index == 0 || !isHidden[index - 1] {
                output += mark.utf8
            }
        }
        return removed(from: String(decoding: output, as: UTF8.self))
    }

    /// The range of the secret that is recognised at a place.
    ///
    /// - Parameter start: where the text begins that is not handled yet.
    private static func secret(at place: Int, in bytes: [UInt8], after start: Int) -> Range<Int>? {
        switch bytes[place] {
        case UInt8(ascii: ":"): return password(at: place, in: bytes)
        case UInt8(ascii: "-"): return privateKey(at: place, in: bytes)
        case UInt8(ascii: "P"): return puttyKey(at: place, in: bytes)
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "t"), UInt8(ascii: "T"):
            return bearer(at: place, in: bytes)
        default: break
        }
        if let address = addresses.first(where: { bytes[place...].starts(with: $0) }) {
            let begin = place + address.count
            return begin..<(bytes[begin...].firstIndex { $0 <= 0x20 || "\"'<>)?#".utf8.contains($0) } ?? bytes.count)
        }
        guard place == start || !isOfKey(bytes[place - 1]),
            let prefix = prefixes.first(where: { bytes[place...].starts(with: $0) })
        else { return nil }
        let end = bytes[place...].firstIndex { !isOfKey($0) } ?? bytes.count
        let length = end - place
        return length >= leastLength && length > prefix.count + 3 ? place..<end : nil
    }

    /// `://user:password@`: what stands between the second colon and the `@`; of `://token@` the token.
    private static func password(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard bytes[place...].starts(with: "://".utf8) else { return nil }
        let end = bytes[(place + 3)...].prefix(1024).firstIndex { $0 <= 0x20 || "/?#\"'<>".utf8.contains($0) }
        let authority = bytes[(place + 3)..<(end ?? min(bytes.count, place + 3 + 1024))]
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")), at > authority.startIndex else { return nil }
        guard let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")) else {
            return plainUsers.contains { authority[..<at].elementsEqual($0.utf8) } ? nil : authority.startIndex..<at
        }
        return colon + 1 < at ? (colon + 1)..<at : nil
    }

    /// User names in addresses that are not tokens.
    private static let plainUsers = ["git", "hg", "root", "admin", "postgres", "user", "anonymous"]

    /// Between the lines `BEGIN … PRIVATE KEY …` and `END …`.
    private static func privateKey(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        let isPEM = bytes[place...].starts(with: "-----BEGIN ".utf8)
        guard isPEM || bytes[place...].starts(with: "---- BEGIN ".utf8),
            place == 0 || bytes[place - 1] != UInt8(ascii: "-")
        else { return nil }
        let line = bytes[place...].prefix(100)
        guard let label = firstRange(of: "PRIVATE KEY", in: line) else { return nil }
        // `-----` or ` BLOCK-----`, and ` ----` of SSH2.
        let dashes = bytes[label.upperBound...].prefix(16)
        guard let first = dashes.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let begin = bytes[first...].firstIndex { $0 != UInt8(ascii: "-") } ?? bytes.count
        let end = firstRange(of: isPEM ? "-----END " : "---- END ", in: bytes[begin...])?.lowerBound ?? bytes.count
        return begin < end ? begin..<end : nil
    }

    /// What follows `Private-Lines:`, in a file of PuTTY's.
    private static func puttyKey(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard bytes[place...].starts(with: "Private-Lines:".utf8) else { return nil }
        let line = bytes[place...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        let begin = bytes[line...].firstIndex { $0 > 0x20 } ?? bytes.count
        let end = firstRange(of: "\nPrivate-M", in: bytes[begin...])?.lowerBound ?? bytes.count
        return begin < end ? begin..<end : nil
    }

    /// `Bearer …` anywhere; `Token …` and `Basic …` only at the beginning of a text, as in the value of a header.
    private static func bearer(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        ["bearer", place == 0 ? "token" : nil, place == 0 ? "basic" : nil].lazy.compactMap(\.self).compactMap {
            credential(after: $0.utf8, at: place, in: bytes)
        }.first
    }

    private static func credential(after word: String.UTF8View, at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard place + word.count < bytes.count, zip(bytes[place...], word).allSatisfy({ $0 | 0x20 == $1 }),
            place == 0 || !isOfKey(bytes[place - 1])
        else { return nil }
        let gap = bytes[(place + word.count)...].prefix { $0 == 0x20 || $0 == 0x09 }
        guard !gap.isEmpty else { return nil }
        let begin = gap.endIndex
        let end = bytes[begin...].firstIndex { !isOfKey($0) && !"+/=~".utf8.contains($0) } ?? bytes.count
        return end - begin >= leastLength ? begin..<end : nil
    }

    private static func firstRange(of text: String, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let requested = Array(text.utf8)
        var place = bytes.startIndex
        while let next = bytes[place...].firstIndex(of: requested[0]) {
            if bytes[next...].starts(with: requested) { return next..<(next + requested.count) }
            place = next + 1
        }
        return nil
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "*")
    }
}
