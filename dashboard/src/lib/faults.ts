import { toProblem } from '@/api/problem';

/** What the API says about a form: at the field that it is about, and in general where the form does not have that field. */
export function faultsOf<Field extends string>(error: unknown, fields: readonly Field[]) {
  const problem = error ? toProblem(error) : undefined;
  const known = fields.some((field) => problem?.fields.has(field));
  return {
    general: known ? undefined : problem?.message,
    at: (field: Field) => asSentence(problem?.fields.get(field)),
  };
}

/** Its message completes “the field …”, so it begins small. */
function asSentence(message: string | undefined): string | undefined {
  return message && `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/\.\.$/, '.');
}
