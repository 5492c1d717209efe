//! From a conversation to what the model says next.

use crate::{
    canned,
    conversation::Conversation,
    directive::Play,
    errand,
    script::{Block, Script, Turn},
};

/// The next turn of what is played.
pub(crate) fn next_turn(play: Option<Play>, conversation: &Conversation) -> Result<Turn, String> {
    let script = match play {
        None => Script::Turns(errand::turns(conversation)),
        Some(Play::Turns(turns)) => Script::Turns(turns),
        Some(Play::Canned { name, argument }) => {
            canned::script(&name, argument.as_deref(), conversation)?
        }
    };
    let turn = script.turn(conversation.turn);
    let tools = deferred(&turn, conversation);
    // Once is enough: what cannot be loaded is called all the same, and Claude Code says why not.
    if tools.is_empty() || conversation.just_loaded {
        return Ok(turn);
    }
    Ok(vec![Block::Load { tools }])
}

/// The tools that `turn` calls and that must be asked for first.
fn deferred(turn: &Turn, conversation: &Conversation) -> Vec<String> {
    let mut tools: Vec<String> = Vec::new();
    for block in turn {
        if let Block::Tool { tool, .. } = block
            && conversation.defers(tool)
            && !tools.contains(tool)
        {
            tools.push(tool.clone());
        }
    }
    tools
}
