/** The functions of template.yaml and the binaries that they are. */
export const BINARIES: Readonly<Record<string, string>> = {
  ApiFunction: 'api',
  DispatcherFunction: 'dispatcher',
  ProgressFunction: 'progress',
  WsConnectFunction: 'ws-connect',
};
