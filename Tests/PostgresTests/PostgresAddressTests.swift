import Postgres
import Testing

@Suite("Addresses of databases")
struct PostgresAddressTests {
    @Test(
        "an address on this machine, or one whose certificate is checked, is taken",
        arguments: [
            "postgres://localhost/x", "postgres://127.0.0.1:5433/x", "postgres://[::1]/x", "postgres:///x?host=/run/pg",
            "host=/run/pg dbname=x", "postgres://db.example/x", "postgres://db.example/x?sslmode=verify-full",
            "postgres://a.example,b.example/x",
        ]
    )
    func taken(text: String) throws { _ = try PostgresAddress(text) }

    @Test(
        "one on another machine that would not be checked is refused, unless that is wanted",
        arguments: [
            "postgres://u:S3CRET@db.example/x?sslmode=require", "postgres://127.0.0.1,db.example/x?sslmode=prefer",
            "postgres://127.0.0.1.example/x?sslmode=disable",
            "postgres://localhost/x?hostaddr=10.0.0.1&sslmode=verify-ca",
            "postgres://a,db.example/x?hostaddr=127.0.0.1,&sslmode=prefer",
        ]
    )
    func refused(text: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(text) }
        #expect(error?.message.contains("verify-full") == true)
        #expect(error?.message.contains("S3CRET") == false)
        _ = try PostgresAddress(text, isInsecure: true)
    }

    @Test(
        "one that cannot be read says so, without its password",
        arguments: [
            "postgres://u:S3CRET%zz@h/x", "postgres://u:S3CRET@h:S3CRET/x?nonsense=1",
            "postgres://u:S3CRET@[::1/x", "postgres://u:S3CRET@[::1]x/db", "postgres://u:sslS3CRET%zz@h/x",
            "postgres://u:x\"%zzS3CRET@h", "host=h S3CRET",
        ]
    )
    func unreadable(text: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(text) }
        #expect(error?.message.contains("cannot be read") == true)
        #expect(error?.message.contains("S3CRET") == false, "\(error?.message ?? "")")
    }

    @Test("its name has neither user nor password")
    func name() throws {
        #expect(try PostgresAddress("postgres://u:p@localhost:5433/x").name == "postgres://localhost:5433/x")
        #expect(try PostgresAddress("postgres://u:p@db.example/x").name == "postgres://db.example/x")
    }
}
