// Calls capabilities with a client that is generated from the gateway's description.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });

const said = await client.POST("/v1/hecate-echo/echo.say", { body: "grüße" });
if (said.data !== "grüße") throw new Error(JSON.stringify(said.error));

const document: components["schemas"]["HecateTrialTrialDocumentV1Request"] = {
  title: "Tides",
  public: true,
  pages: 3,
  tags: ["sea"],
};
const returned = await client.POST("/v1/hecate-trial/trial.document", { body: document });
const isPublic: boolean | undefined = returned.data?.public;
if (isPublic !== true || returned.data?.note !== null) throw new Error(JSON.stringify(returned));

const refused = await client.POST("/v1/hecate-trial/trial.refuse", { body: "no_such_thing" });
const code: string | undefined = refused.error?.code;
if (code !== "no_such_thing" || refused.error?.retry_after_ms !== 1500) throw new Error(JSON.stringify(refused));

console.log("all answered");
