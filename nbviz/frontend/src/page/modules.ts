/** AMD modules of the page, all of them inlined: nothing is ever fetched. */

type Loader = (names: string[], loaded: (module: object) => void, failed: (error: Error) => void) => void;

/** What RequireJS, which runs before, leaves on the window. */
const amd = window as unknown as {
  define: (name: string, dependencies: string[], factory: () => object) => void;
  requirejs: Loader;
};

/** Makes a module known under a name. */
export function provide(name: string, module: object): void {
  amd.define(name, [], () => module);
}

export function loadModule(name: string): Promise<object> {
  return new Promise((loaded, failed) => amd.requirejs([name], loaded, failed));
}
