//! The files that are kept: read from `out/` without trusting what lies there, and uploaded by link.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::fd::OwnedFd,
    path::Path,
    time::Duration,
};

use anyhow::{Context, ensure};
use domain::run::{Artifact, Upload, UploadsPost};
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, open, openat, openat2, unlinkat};
use sha2::{Digest, Sha256};
use tokio_util::io::ReaderStream;

use crate::{
    client::{self, CallError, Progress},
    random::hex,
    retry::Backoff,
};

pub(crate) const PATCH: &str = "patch.diff";
pub(crate) const TRANSCRIPT: &str = "transcript.jsonl";
pub(crate) const RESULT: &str = "result.json";

const MAX_BYTES: u64 = 256 * 1024 * 1024;
const TRIES: u32 = 5;
const UPLOAD_LIMIT: Duration = Duration::from_secs(120);

/// The directory of what is kept, held open: whatever its path leads to later, this is the one.
pub(crate) struct Out(OwnedFd);

impl Out {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(open(path, flags, Mode::empty()).context("the out directory cannot be opened")?))
    }

    /// Writes a file in the place of whatever lies there.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let _ = unlinkat(&self.0, name, AtFlags::empty());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?;
        File::from(file).write_all(content)
    }

    /// Opens a plain file that lies here and nowhere else; nothing if there is none or it is empty.
    fn read(&self, name: &str) -> anyhow::Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let file = match openat2(&self.0, name, flags, Mode::empty(), resolve) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(err) => return Err(anyhow::Error::new(err).context("it cannot be opened")),
        };
        let meta = file.metadata()?;
        ensure!(meta.is_file(), "it is no plain file");
        // A second name may be anything of this user's, a key file for example.
        ensure!(std::os::unix::fs::MetadataExt::nlink(&meta) == 1, "it is a hard link");
        ensure!(meta.len() <= MAX_BYTES, "it is larger than {MAX_BYTES} bytes");
        Ok((meta.len() > 0).then_some(file))
    }
}

/// What became of the artifacts.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub stored: Vec<Artifact>,
    /// What was not kept, and why.
    pub remarks: Vec<String>,
    pub superseded: bool,
}

/// Uploads what there is. A file that cannot be kept is a remark, never a failure of the run.
pub(crate) async fn keep(progress: &Progress, out: &Out, kept: &mut Kept) {
    let mut files = Vec::new();
    for (name, content_type) in
        [(PATCH, "text/x-diff"), (TRANSCRIPT, "application/x-ndjson"), (RESULT, "application/json")]
    {
        match measured(out, name, content_type).await {
            Ok(found) => files.extend(found),
            Err(err) => kept.remarks.push(format!("{name} was not kept: {err:#}")),
        }
    }
    if files.is_empty() {
        return;
    }
    let post =
        UploadsPost { artifacts: files.iter().map(|(artifact, _)| artifact.clone()).collect() };
    let links = match links(progress, &post).await {
        Ok(links) => links,
        Err(err) => {
            kept.superseded = matches!(err, CallError::Superseded(_));
            kept.remarks.push(format!("no artifact was kept: {err}"));
            return;
        }
    };
    for (artifact, file) in files {
        let Some(link) = links.iter().find(|link| link.name == artifact.name) else {
            kept.remarks.push(format!("{} was not kept: the server gave no link", artifact.name));
            continue;
        };
        match upload(link, &artifact, &file).await {
            Ok(()) => kept.stored.push(artifact),
            Err(err) => kept.remarks.push(format!("{} was not kept: {err:#}", artifact.name)),
        }
    }
}

async fn measured(
    out: &Out,
    name: &str,
    content_type: &str,
) -> anyhow::Result<Option<(Artifact, File)>> {
    let Some(mut file) = out.read(name)? else { return Ok(None) };
    let (size_bytes, sha256, file) = tokio::task::spawn_blocking(move || -> io::Result<_> {
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok((size, hex(&digest.finalize()), file));
            }
            size += read as u64;
            digest.update(&buffer[..read]);
        }
    })
    .await??;
    let (name, content_type) = (name.to_owned(), content_type.to_owned());
    Ok(Some((Artifact { name, size_bytes, content_type, sha256 }, file)))
}

async fn links(progress: &Progress, post: &UploadsPost) -> Result<Vec<Upload>, CallError> {
    let mut backoff = Backoff::default();
    for _ in 1..TRIES {
        match progress.uploads(post).await {
            Err(CallError::Unavailable(why)) => {
                tracing::warn!(why, "asking for upload links failed, trying again");
                tokio::time::sleep(backoff.pause()).await;
            }
            answer => return answer.map(|answer| answer.uploads),
        }
    }
    progress.uploads(post).await.map(|answer| answer.uploads)
}

async fn upload(link: &Upload, artifact: &Artifact, file: &File) -> anyhow::Result<()> {
    let mut backoff = Backoff::default();
    let mut tries = 0;
    loop {
        tries += 1;
        let mut copy = file.try_clone()?;
        copy.rewind()?;
        let body = ReaderStream::new(tokio::fs::File::from_std(copy));
        let put = client::put(link, artifact.size_bytes, reqwest::Body::wrap_stream(body));
        match tokio::time::timeout(UPLOAD_LIMIT, put).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(err)) if tries == TRIES => return Err(err.into()),
            Err(_) if tries == TRIES => anyhow::bail!("the upload took too long"),
            Ok(Err(err)) => {
                tracing::warn!(name = artifact.name, %err, "an upload failed, trying again")
            }
            Err(_) => tracing::warn!(name = artifact.name, "an upload took too long, trying again"),
        }
        tokio::time::sleep(backoff.pause()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn s25_only_a_plain_file_of_our_own_is_read() {
        let work = tempfile::tempdir().unwrap();
        let secret = work.path().join("secret");
        fs::write(&secret, "canary").unwrap();
        let path = work.path().join("out");
        fs::create_dir(&path).unwrap();
        let out = Out::open(&path).unwrap();

        symlink(&secret, path.join("link")).unwrap();
        fs::hard_link(&secret, path.join("hard")).unwrap();
        fs::create_dir(path.join("directory")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path.join("fifo"),
            rustix::fs::FileType::Fifo,
            Mode::RUSR,
            0,
        )
        .unwrap();
        let huge = File::create(path.join("huge")).unwrap();
        huge.set_len(1 << 40).unwrap();
        for name in ["link", "hard", "directory", "fifo", "huge", "../secret", "/etc/passwd"] {
            assert!(out.read(name).is_err(), "{name}");
        }
        assert!(out.read("absent").unwrap().is_none());

        out.write("plain", b"yes").unwrap();
        assert!(out.read("plain").unwrap().is_some());
    }

    #[test]
    fn writing_replaces_a_link_and_does_not_follow_it() {
        let work = tempfile::tempdir().unwrap();
        let victim = work.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, work.path().join(RESULT)).unwrap();
        let out = Out::open(work.path()).unwrap();
        out.write(RESULT, b"{}").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        assert_eq!(fs::read_to_string(work.path().join(RESULT)).unwrap(), "{}");
    }

    #[test]
    fn the_directory_stays_the_same_when_its_path_is_redirected() {
        let work = tempfile::tempdir().unwrap();
        let path = work.path().join("out");
        fs::create_dir(&path).unwrap();
        let out = Out::open(&path).unwrap();
        out.write(RESULT, b"{}").unwrap();
        fs::rename(&path, work.path().join("moved")).unwrap();
        symlink("/etc", &path).unwrap();
        assert!(out.read("passwd").unwrap().is_none());
        assert!(out.read(RESULT).unwrap().is_some());
    }
}
