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
import {
  AgentDetail,
  BashDetail,
  GenericDetail,
  ListDetail,
  PlanDetail,
  QuestionDetail,
  ReadDetail,
  ShellDetail,
  TodoDetail,
  WebDetail,
} from './details';
import { EditCounts, EditDetail, WriteDetail } from './edit';
import type { DetailProps } from './parts';

export type ToolView = {
  readonly icon: LucideIcon;
  readonly Detail: ComponentType<DetailProps>;
  /** More on the closed row than words. */
  readonly Aside?: ComponentType<DetailProps>;
};

/** How each tool is shown. A tool that is added to `ToolName` does not compile until it is here. */
const VIEWS: { readonly [N in ToolName]: ToolView } = {
  Agent: { icon: Bot, Detail: AgentDetail },
  Task: { icon: Bot, Detail: AgentDetail },
  AskUserQuestion: { icon: MessageCircleQuestion, Detail: QuestionDetail },
  Bash: { icon: SquareTerminal, Detail: BashDetail, Aside: EditCounts },
  BashOutput: { icon: SquareTerminal, Detail: ShellDetail },
  KillShell: { icon: SquareTerminal, Detail: ShellDetail },
  Edit: { icon: FilePen, Detail: EditDetail, Aside: EditCounts },
  MultiEdit: { icon: FilePen, Detail: EditDetail, Aside: EditCounts },
  NotebookEdit: { icon: FilePen, Detail: EditDetail, Aside: EditCounts },
  Write: { icon: FilePlus2, Detail: WriteDetail, Aside: EditCounts },
  Read: { icon: FileText, Detail: ReadDetail },
  LS: { icon: FolderTree, Detail: ListDetail },
  Glob: { icon: Search, Detail: ListDetail },
  Grep: { icon: TextSearch, Detail: ListDetail },
  EnterPlanMode: { icon: Lightbulb, Detail: PlanDetail },
  ExitPlanMode: { icon: Lightbulb, Detail: PlanDetail },
  Skill: { icon: Puzzle, Detail: GenericDetail },
  StructuredOutput: { icon: BotMessageSquare, Detail: GenericDetail },
  TaskCreate: { icon: ListChecks, Detail: GenericDetail },
  TaskUpdate: { icon: ListChecks, Detail: GenericDetail },
  TaskGet: { icon: ListChecks, Detail: GenericDetail },
  TaskList: { icon: ListChecks, Detail: GenericDetail },
  TodoWrite: { icon: ListChecks, Detail: TodoDetail },
  ToolSearch: { icon: SearchCode, Detail: GenericDetail },
  WebFetch: { icon: Globe, Detail: WebDetail },
  WebSearch: { icon: Globe, Detail: WebDetail },
};
const GENERIC: ToolView = { icon: Wrench, Detail: GenericDetail };

export const viewOf = (name: string): ToolView => (isToolName(name) ? VIEWS[name] : GENERIC);
