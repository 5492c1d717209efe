//! A run from its spec to its end.

use std::time::Duration;

use domain::run::RunSpec;
use tokio::time::{sleep, timeout};

use crate::{
    artifacts::Out,
    client::{CallError, Progress},
    dispatcher::{Conclusion, Dispatcher},
    jobs::Context,
    proxy::Proxy,
    random::random_name,
    reaper,
    retry::Backoff,
    settings::Settings,
    signals::Signals,
    workspace::Layout,
};

/// A server that does not tell what to do for so long will have given the run to another by then.
const SPEC_LIMIT: Duration = Duration::from_secs(300);

pub(crate) async fn run(settings: Settings) -> anyhow::Result<Conclusion> {
    let mut signals = Signals::listen()?;
    let progress = Progress::new(&settings.run_url, settings.run_token.clone())?;
    let spec = tokio::select! {
        spec = timeout(SPEC_LIMIT, fetch_spec(&progress)) => match spec {
            Ok(Ok(spec)) => spec,
            Ok(Err(CallError::Superseded(status))) => {
                tracing::warn!(%status, "this run is not wanted any more");
                return Ok(Conclusion::Superseded);
            }
            Ok(Err(err)) => return Err(err.into()),
            Err(_) => anyhow::bail!("the server did not tell what to do"),
        },
        () = signals.next() => anyhow::bail!("interrupted before the start"),
    };
    tracing::info!(task_id = %spec.task_id, attempt = spec.attempt, "the run begins");

    let layout = Layout::create(&settings.work_dir)?;
    let keep_work = settings.keep_work;
    let conclusion = in_layout(settings, progress, spec, layout.clone(), &mut signals).await;
    // Whatever went wrong: nothing stays alive, nothing stays on the disk.
    reaper::sweep().await;
    if !keep_work {
        let removed = tokio::task::spawn_blocking(move || layout.remove()).await;
        if let Err(err) = removed.map_err(std::io::Error::other).flatten() {
            tracing::warn!(%err, "the work directory could not be removed");
        }
    }
    conclusion
}

async fn in_layout(
    settings: Settings,
    progress: Progress,
    spec: RunSpec,
    layout: Layout,
    signals: &mut Signals,
) -> anyhow::Result<Conclusion> {
    let out = Out::open(&layout.out)?;
    let demo_key = || settings.demo_model.then(|| "demo-model".into());
    let key = settings.model_key.clone().or_else(demo_key);
    let proxy = Proxy::bind(&settings.upstream, key.as_ref()).await?;
    let context = Context { settings, progress, spec, layout, out };
    Ok(Dispatcher::new(context, proxy, random_name()?).run(signals).await)
}

async fn fetch_spec(progress: &Progress) -> Result<RunSpec, CallError> {
    let mut backoff = Backoff::default();
    loop {
        match progress.spec().await {
            Err(CallError::Unavailable(why)) => {
                tracing::warn!(why, "asking for the run failed, trying again");
                sleep(backoff.pause()).await;
            }
            answer => return answer,
        }
    }
}
