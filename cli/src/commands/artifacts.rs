//! `errand artifacts`: lists and downloads the files that a task left.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use domain::view::ArtifactView;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::Context;
use crate::{
    args::ArtifactsArgs,
    error::{Error, Result},
    output::{
        human::bytes,
        line::{DIM, Line},
        table::Table,
    },
};

pub(crate) async fn artifacts(context: &Context, args: ArtifactsArgs) -> Result<()> {
    let id = context.resolve(&args.task.task).await?;
    let artifacts = context.client.artifacts(id).await?;
    if args.all {
        return download_all(context, &artifacts, &args.directory).await;
    }
    match args.get {
        Some(name) => {
            let artifact = latest(&artifacts, &name)?;
            let output = args.output;
            if output.as_deref() == Some(Path::new("-")) {
                return to_stdout(context, artifact).await;
            }
            let path = match output {
                Some(path) => path,
                None => args.directory.join(file_name(artifact)?),
            };
            download(context, artifact, &path).await?;
            report(context, &[(artifact, path)])
        }
        None => {
            let document = json!({ "items": artifacts });
            Ok(context.output.answer(&document, || table(&artifacts))?)
        }
    }
}

fn table(artifacts: &[ArtifactView]) -> Vec<Line> {
    let mut table = Table::new(&["RUN", "SIZE", "TYPE", "NAME"]);
    for artifact in artifacts {
        table.row([
            Line::plain(&artifact.attempt.to_string()),
            Line::plain(&bytes(artifact.size_bytes)),
            Line::plain(&artifact.content_type),
            Line::plain(&artifact.name),
        ]);
    }
    table.lines(None)
}

/// The file of that name; of the latest run that left one.
fn latest<'a>(artifacts: &'a [ArtifactView], name: &str) -> Result<&'a ArtifactView> {
    artifacts
        .iter()
        .filter(|artifact| artifact.name == name)
        .max_by_key(|artifact| artifact.attempt)
        .ok_or_else(|| Error::Failed {
            message: format!("the task left no `{name}`"),
            next: Some("`errand artifacts` without --get lists what there is.".to_owned()),
        })
}

async fn download_all(
    context: &Context,
    artifacts: &[ArtifactView],
    directory: &Path,
) -> Result<()> {
    let mut files = Vec::new();
    for artifact in artifacts {
        if latest(artifacts, &artifact.name)?.attempt == artifact.attempt {
            files.push((artifact, directory.join(file_name(artifact)?)));
        }
    }
    fs::create_dir_all(directory).map_err(|error| fault(directory, &error))?;
    for (artifact, path) in &files {
        download(context, artifact, path).await?;
    }
    report(context, &files)
}

fn report(context: &Context, files: &[(&ArtifactView, PathBuf)]) -> Result<()> {
    let document = json!({ "files": files.iter().map(|(artifact, path)| json!({
        "name": artifact.name, "path": path, "size_bytes": artifact.size_bytes, "sha256": artifact.sha256,
    })).collect::<Vec<_>>() });
    let lines = || {
        let line = |(artifact, path): &(&ArtifactView, PathBuf)| {
            Line::plain(&path.display().to_string())
                .with(DIM, &format!(" {}", bytes(artifact.size_bytes)))
        };
        files.iter().map(line).collect()
    };
    Ok(context.output.answer(&document, lines)?)
}

/// A name that stays where it is put. The names are the run's, and a run may be turned against us.
fn file_name(artifact: &ArtifactView) -> Result<&str> {
    let name = artifact.name.as_str();
    let mut parts = Path::new(name).components();
    let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(only)), None) if only == name);
    if is_plain && !name.starts_with('.') && !name.contains(|c: char| c.is_control() || c == '\\') {
        return Ok(name);
    }
    Err(Error::Failed {
        message: format!("`{name}` is not safe as the name of a file"),
        next: Some("Download it with --get and a name of your own: -o FILE.".to_owned()),
    })
}

/// Writes beside the place and moves there once the checksum is right: never half a file, never a wrong one.
async fn download(context: &Context, artifact: &ArtifactView, path: &Path) -> Result<()> {
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let mut file = new_file(directory).map_err(|error| fault(directory, &error))?;
    copy(context, artifact, file.as_file_mut()).await?;
    file.persist(path).map_err(|error| fault(path, &error.error))?;
    Ok(())
}

/// As other programs make files: readable as the umask allows.
fn new_file(directory: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new()
        .prefix(".errand-")
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(directory)
}

/// Checked before the first byte is printed: what reads the pipe may act on it.
async fn to_stdout(context: &Context, artifact: &ArtifactView) -> Result<()> {
    let mut file = tempfile::tempfile()?;
    copy(context, artifact, &mut file).await?;
    io::Seek::rewind(&mut file)?;
    io::copy(&mut file, &mut io::stdout().lock())?;
    Ok(())
}

async fn copy(context: &Context, artifact: &ArtifactView, out: &mut fs::File) -> Result<()> {
    let bar = progress_bar(context, artifact);
    let mut response = context.client.download(artifact).await?;
    let mut hash = Sha256::new();
    let mut size = 0;
    loop {
        let chunk = response.chunk().await.map_err(|error| {
            Error::failed(format!(
                "the download of `{}` broke off: {}",
                artifact.name,
                error.without_url()
            ))
        })?;
        let Some(chunk) = chunk else { break };
        size += chunk.len() as u64;
        if size > artifact.size_bytes {
            break;
        }
        hash.update(&chunk);
        out.write_all(&chunk)?;
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    let hex = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    if size != artifact.size_bytes || !hex.eq_ignore_ascii_case(&artifact.sha256) {
        return Err(Error::Failed {
            message: format!(
                "`{}` did not arrive as it was stored; nothing was written",
                artifact.name
            ),
            next: Some("Try again.".to_owned()),
        });
    }
    Ok(())
}

fn progress_bar(context: &Context, artifact: &ArtifactView) -> ProgressBar {
    if !context.output.is_lively() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} {msg}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(artifact.size_bytes).with_style(style);
    bar.set_message(crate::output::clean(&artifact.name));
    bar
}

fn fault(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, attempt: u32) -> ArtifactView {
        ArtifactView {
            name: name.to_owned(),
            size_bytes: 0,
            content_type: "text/plain".to_owned(),
            sha256: String::new(),
            attempt,
            url: String::new(),
        }
    }

    #[test]
    fn a_name_never_leaves_its_directory() {
        for good in ["patch.diff", "result.json", "a b", "Grüße.txt"] {
            assert_eq!(file_name(&artifact(good, 1)).unwrap(), good);
        }
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "a/b",
            "a/",
            "./a",
            ".bashrc",
            "a\\b",
            "a\nb",
            "a\0",
        ] {
            assert!(file_name(&artifact(bad, 1)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_latest_run_wins() {
        let all = [artifact("a", 1), artifact("a", 3), artifact("b", 2)];
        assert_eq!(latest(&all, "a").unwrap().attempt, 3);
        assert!(latest(&all, "c").is_err());
    }
}
