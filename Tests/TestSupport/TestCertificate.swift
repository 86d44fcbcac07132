/// Certificates for `localhost` and 127.0.0.1, valid for a hundred years, from two authorities; made with openssl for these
/// tests, and used nowhere else.
package struct TestCertificate: Sendable {
    package let authority: String
    package let certificate: String
    package let key: String

    package static let one = TestCertificate(
        authority: """
            -----BEGIN CERTIFICATE-----
            MIIBmjCCAUGgAwIBAgIULmD7Cj7ImfurhQUNXqJ7V6HHhm8wCgYIKoZIzj0EAwIw
            IjEgMB4GA1UEAwwXU2Vpc21vIHRlc3QgYXV0aG9yaXR5IGEwIBcNMjYxMTIxMjE0
            NTM2WhgPMjEyNjEwMjgyMTQ1MzZaMCIxIDAeBgNVBAMMF1NlaXNtbyB0ZXN0IGF1
            dGhvcml0eSBhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcxRu18LASTY1Etke
            ub9jf4KUZAlKom6tFjM5KOuNYgwreGVOu9TejfWQdCODj2ZqD83EszNl+DzKV8au
            4U2NfKNTMFEwHQYDVR0OBBYEFPmPAmEu+mvgQZAHFc7rYNbZhtKtMB8GA1UdIwQY
            MBaAFPmPAmEu+mvgQZAHFc7rYNbZhtKtMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
            zj0EAwIDRwAwRAIfeJ8/ieRAnBPObUvPIpTF3zhc/vqBWWNezdwN1YeXDQIhAOlJ
            wNlCTmc0TaIC75C3L2Cvg3SjaEEfu/O+iZ7rUIDp
            -----END CERTIFICATE-----
            """,
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBmTCCAT6gAwIBAgIUYQMEvccFCGd/kMtMeohIo4HCOQkwCgYIKoZIzj0EAwIw
            IjEgMB4GA1UEAwwXU2Vpc21vIHRlc3QgYXV0aG9yaXR5IGEwIBcNMjYxMTIxMjE0
            NTM2WhgPMjEyNjEwMjgyMTQ1MzZaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMG
            ByqGSM49AgEGCCqGSM49AwEHA0IABAyrFwAZg9Ck+4MafcCfkqX2zYANldG2atci
            4b9zMknX4rT26fvn1RHHqVLeCKLZRBeA/KLfVsPs6fW5DXuSbzKjXjBcMBoGA1Ud
            EQQTMBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUoGoXE0XTHONIun9g4jSH
            idE1w2YwHwYDVR0jBBgwFoAU+Y8CYS76a+BBkAcVzutg1tmG0q0wCgYIKoZIzj0E
            AwIDSQAwRgIhALzFsCPwr0V+ZafLg3prbgFRQiXe8xTglWTT1DvyH0NuAiEAi/7U
            72A4ZW7FHmqJJFhG1N51OCojI/KYFhcECrFlDC4=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgscfez2ejc+FTGRqj
            XJ99730I3aFR6FcByQ59O046LhOhRANCAAQMqxcAGYPQpPuDGn3An5Kl9s2ADZXR
            tmrXIuG/czJJ1+K09un759URx6lS3gii2UQXgPyi31bD7On1uQ17km8y
            -----END PRIVATE KEY-----
            """
    )

    package static let other = TestCertificate(
        authority: """
            -----BEGIN CERTIFICATE-----
            MIIBnDCCAUGgAwIBAgIUUvm6wt9D6OQZy1zmdAt+Nwr94n8wCgYIKoZIzj0EAwIw
            IjEgMB4GA1UEAwwXU2Vpc21vIHRlc3QgYXV0aG9yaXR5IGIwIBcNMjYxMTIxMjE0
            NTM2WhgPMjEyNjEwMjgyMTQ1MzZaMCIxIDAeBgNVBAMMF1NlaXNtbyB0ZXN0IGF1
            dGhvcml0eSBiMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkZxaC5cYT+DPA9bi
            NneSzS8ZM8nYnPSb9EajSf0xugantFqFlxLDMdk7b/UMy64wcyE75zfoenPba+UM
            68NBcaNTMFEwHQYDVR0OBBYEFDz+nlfXIM1+hLxPRI2w1xgOS5c4MB8GA1UdIwQY
            MBaAFDz+nlfXIM1+hLxPRI2w1xgOS5c4MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
            zj0EAwIDSQAwRgIhAPnL9mwOQHPNoMH5B2OzFF6XDKnnb4oYqufFY1r7HV/KAiEA
            zG1S2ZsjGkSbHFgmemU9an9jL9kFHE8xz90Qay7XjmI=
            -----END CERTIFICATE-----
            """,
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBlzCCAT6gAwIBAgIUSqKN0aCMMAysdImnV4huIcvUEvMwCgYIKoZIzj0EAwIw
            IjEgMB4GA1UEAwwXU2Vpc21vIHRlc3QgYXV0aG9yaXR5IGIwIBcNMjYxMTIxMjE0
            NTM2WhgPMjEyNjEwMjgyMTQ1MzZaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMG
            ByqGSM49AgEGCCqGSM49AwEHA0IABFtoSCJWbE+bFQKCNeUBE68aBjLgSOpDj0Y8
            JQN9BMdldBNhJL6cXCQah28PLiXn9tcHLmiuvsFS4ij8aZAQGzajXjBcMBoGA1Ud
            EQQTMBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUbzGeiNpy9/qX+wRYH7Ll
            prc1YfkwHwYDVR0jBBgwFoAUPP6eV9cgzX6EvE9EjbDXGA5LlzgwCgYIKoZIzj0E
            AwIDRwAwRAIgRFd2+4Tpqr5JKecOtfpQAxx7yyvgxpErb1+HI/I0hUsCID168XLG
            9nlu6/xqI5W2z0UkR9bjVaVk41WShlWuZkXX
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSAU1O7woh8utbE4q
            iYfBWeYBUuTO/iroA6NR89RAuxuhRANCAARbaEgiVmxPmxUCgjXlAROvGgYy4Ejq
            Q49GPCUDfQTHZXQTYSS+nFwkGodvDy4l5/bXBy5orr7BUuIo/GmQEBs2
            -----END PRIVATE KEY-----
            """
    )
}
