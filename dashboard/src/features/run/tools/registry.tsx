import {
  Bot,
  BotMessageSquare,
  FilePen,
  FilePlus2,
  FileText,
  FolderTree,
  Globe,
  Lightbulb,
  ListChecks,
  type LucideIcon,
  MessageCircleQuestion,
  Puzzle,
  Search,
  SearchCode,
  SquareTerminal,
  TextSearch,
  Wrench,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { isToolName, type ToolName } from '../model/tools';
import type { ToolEntry } from '../model/types';
import { EditCounts } from './edit-counts';

type ToolView = {
  readonly icon: LucideIcon;
  /** More on the closed row than words. */
  readonly Aside?: ComponentType<{ tool: ToolEntry }>;
};

/** How each tool is shown while its row is closed. A tool that is added to `ToolName` does not compile until it is here. */
const VIEWS: { readonly [N in ToolName]: ToolView } = {
  Agent: { icon: Bot },
  Task: { icon: Bot },
  AskUserQuestion: { icon: MessageCircleQuestion },
  Bash: { icon: SquareTerminal, Aside: EditCounts },
  BashOutput: { icon: SquareTerminal },
  KillShell: { icon: SquareTerminal },
  Edit: { icon: FilePen, Aside: EditCounts },
  MultiEdit: { icon: FilePen, Aside: EditCounts },
  NotebookEdit: { icon: FilePen, Aside: EditCounts },
  Write: { icon: FilePlus2, Aside: EditCounts },
  Read: { icon: FileText },
  LS: { icon: FolderTree },
  Glob: { icon: Search },
  Grep: { icon: TextSearch },
  EnterPlanMode: { icon: Lightbulb },
  ExitPlanMode: { icon: Lightbulb },
  Skill: { icon: Puzzle },
  StructuredOutput: { icon: BotMessageSquare },
  TaskCreate: { icon: ListChecks },
  TaskUpdate: { icon: ListChecks },
  TaskGet: { icon: ListChecks },
  TaskList: { icon: ListChecks },
  TodoWrite: { icon: ListChecks },
  ToolSearch: { icon: SearchCode },
  WebFetch: { icon: Globe },
  WebSearch: { icon: Globe },
};
const GENERIC: ToolView = { icon: Wrench };

export const viewOf = (name: string): ToolView => (isToolName(name) ? VIEWS[name] : GENERIC);
