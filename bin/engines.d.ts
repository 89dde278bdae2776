export declare function admits(range: string, version: string): boolean;
