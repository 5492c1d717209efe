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
import { EditDetail, WriteDetail } from './edit';
import { type DetailProps, RawCall } from './parts';

/** How each tool is shown once its row is open. A tool that is added to `ToolName` does not compile until it is here. */
const DETAILS: { readonly [N in ToolName]: ComponentType<DetailProps> } = {
  Agent: AgentDetail,
  Task: AgentDetail,
  AskUserQuestion: QuestionDetail,
  Bash: BashDetail,
  BashOutput: ShellDetail,
  KillShell: ShellDetail,
  Edit: EditDetail,
  MultiEdit: EditDetail,
  NotebookEdit: EditDetail,
  Write: WriteDetail,
  Read: ReadDetail,
  LS: ListDetail,
  Glob: ListDetail,
  Grep: ListDetail,
  EnterPlanMode: PlanDetail,
  ExitPlanMode: PlanDetail,
  Skill: GenericDetail,
  StructuredOutput: GenericDetail,
  TaskCreate: GenericDetail,
  TaskUpdate: GenericDetail,
  TaskGet: GenericDetail,
  TaskList: GenericDetail,
  TodoWrite: TodoDetail,
  ToolSearch: GenericDetail,
  WebFetch: WebDetail,
  WebSearch: WebDetail,
};

/** All of a call. It is loaded with the first row that is opened. */
export default function Detail({ tool, isRaw }: DetailProps & { isRaw: boolean }) {
  if (isRaw) return <RawCall tool={tool} />;
  const View = isToolName(tool.name) ? DETAILS[tool.name] : GenericDetail;
  return <View tool={tool} />;
}
