"""The tarball and the Debian package: made, put into a bare folder, run there without the machine that built them, removed."""

import gzip
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from conftest import ROOT, binary

BUILD = ROOT / ".github/packaging/build"
# What `--static-swift-stdlib` links beside the objects, which are those of the build that the tests run on.
LIBRARIES = ["CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections", "stdc++", "ncursesw", "tinfo"]


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    debug = Path(binary()).parent
    run(
        "swiftc", "-static-stdlib", "-o", folder / "seismo", f"@{debug}/seismo.product/Objects.LinkFileList", "-L", debug,
        *[f"-l{library}" for library in LIBRARIES], "-Xlinker", "--defsym=main=seismo_main",
    )
    run(BUILD, folder / "seismo", folder / "made", env={**os.environ, "PACKAGING_LEVEL": "1"})
    os.remove(folder / "seismo")
    return folder / "made"


def only(folder, pattern):
    [found] = folder.glob(pattern)
    return found


def libraries(program):
    """What the program needs of the system, as paths."""
    lines = run("ldd", program).splitlines()
    return [word for line in lines for word in line.split() if word.startswith("/")]


def starts_in(root, program):
    """Whether a program starts in a folder that has nothing but it, and the system's libraries that it names."""
    for library in libraries(root / program.lstrip("/")):
        copy = root / library.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(library), copy)
    # Without /proc it cannot read its arguments; without any it opens the interface.
    done = subprocess.run(["chroot", root, program], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode == 2 and "The interface needs a terminal" in done.stderr


def test_a_program_that_needs_swift_is_not_packaged(tmp_path):
    done = subprocess.run([BUILD, binary(), tmp_path], capture_output=True, text=True)
    assert done.returncode == 1 and "--static-swift-stdlib" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_tarball_runs_wherever_it_is_put(packages, tmp_path):
    with tarfile.open(only(packages, "*.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    version = run(folder / "bin/seismo", "--version").strip()
    assert folder.name.startswith(f"seismo-{version}-linux-")
    shares = folder / "share"
    assert {theme.name for theme in (shares / "seismo/themes").iterdir()} == {
        theme.name for theme in (ROOT / "themes").glob("*.yaml")
    }
    assert (shares / "man/man1/seismo-sessions.1").read_text().startswith(".")
    assert "_seismo" in (shares / "zsh/vendor-completions/_seismo").read_text()
    for shell, file in [("bash", "bash-completion/completions/seismo"), ("fish", "fish/vendor_completions.d/seismo.fish")]:
        run(shell, "-n", shares / file)
    # Nothing of it is of the machine that built it.
    for file in shares.rglob("*"):
        assert not file.is_file() or os.path.expanduser("~") + "/" not in file.read_text(), file
    assert starts_in(folder, "/bin/seismo")


def test_the_package_is_installed_runs_and_leaves_no_trace(packages, tmp_path):
    package = only(packages, "*.deb")
    root = tmp_path / "root"
    database = root / "var/lib/dpkg"
    for folder in ("info", "updates", "triggers"):
        (database / folder).mkdir(parents=True)
    for file in ("status", "available"):
        (database / file).touch()
    before = {path.relative_to(root) for path in root.rglob("*")}
    # What it depends on is the system's, which is not there.
    dpkg = ["dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless", "--log=/dev/null"]
    run(*dpkg, "--install", package)
    assert "Status: install ok installed" in run("dpkg", f"--root={root}", "--status", "seismo")
    unit = (root / "usr/lib/systemd/system/seismo.service").read_text()
    for setting in ("DynamicUser=yes", "StateDirectory=seismo", "LoadCredential=seismo:/etc/seismo/credentials"):
        assert setting in unit.splitlines()
    assert (root / "etc/seismo/credentials").stat().st_mode & 0o777 == 0o700
    assert gzip.open(root / "usr/share/man/man1/seismo.1.gz").read(1) == b"."
    # Its dependencies are the packages of the libraries that it needs, and no others.
    field = run("dpkg-deb", "--field", package, "Depends")
    depends = {part.split()[0] for part in field.split(",")}
    needed = set()
    for library in libraries(root / "usr/bin/seismo"):
        owner = None
        for path in (library, os.path.realpath(library), library.removeprefix("/usr"), "/usr" + library):
            found = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
            owner = owner or (found.stdout.split(":")[0] if found.returncode == 0 else None)
        needed.add(owner)
    assert depends == needed, field
    (root / "etc/seismo/credentials/SEISMO_ADMIN_TOKEN").write_text("secret")
    (root / "var/lib/private/seismo").mkdir(parents=True)
    assert starts_in(root, "/usr/bin/seismo")
    for library in libraries(root / "usr/bin/seismo"):
        (root / library.lstrip("/")).unlink(missing_ok=True)
    run(*dpkg, "--purge", "seismo")
    left = {path.relative_to(root) for path in root.rglob("*") if not path.is_dir()} - before
    assert {path for path in left if path.parts[:3] != ("var", "lib", "dpkg")} == set()
    assert not (root / "etc/seismo").exists() and not (root / "var/lib/private/seismo").exists()


def test_the_units_settings_are_known_and_lock_it_in(packages, tmp_path):
    unit = tmp_path / "seismo.service"
    text = (ROOT / ".github/packaging/seismo.service").read_text()
    unit.write_text(text.replace("/usr/bin/seismo", binary()))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert done.returncode == 0 and "seismo.service" not in done.stderr, done.stderr
    # The runtime lowers the priority of threads: a filter that kills for it would end the service.
    assert "SystemCallErrorNumber=EPERM" in text.splitlines()
    exposure = run("systemd-analyze", "security", "--offline=true", unit).splitlines()[-1]
    assert float(exposure.split(":")[1].split()[0]) < 2, exposure
