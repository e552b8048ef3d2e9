//! Capabilities named by each keyword that is a valid identifier, with a type of that name.

#[::om::capability("keywords.abstract", crate = ::om)]
async fn r#abstract() {}

#[::om::capability("keywords.as", crate = ::om)]
async fn r#as() {}

#[::om::capability("keywords.async", crate = ::om)]
async fn r#async() {}

#[::om::capability("keywords.auto", crate = ::om)]
async fn auto() {}

#[::om::capability("keywords.await", crate = ::om)]
async fn r#await() {}

#[::om::capability("keywords.become", crate = ::om)]
async fn r#become() {}

#[::om::capability("keywords.box", crate = ::om)]
async fn r#box() {}

#[::om::capability("keywords.break", crate = ::om)]
async fn r#break() {}

#[::om::capability("keywords.const", crate = ::om)]
async fn r#const() {}

#[::om::capability("keywords.continue", crate = ::om)]
async fn r#continue() {}

#[::om::capability("keywords.default", crate = ::om)]
async fn default() {}

#[::om::capability("keywords.do", crate = ::om)]
async fn r#do() {}

#[::om::capability("keywords.dyn", crate = ::om)]
async fn r#dyn() {}

#[::om::capability("keywords.else", crate = ::om)]
async fn r#else() {}

#[::om::capability("keywords.enum", crate = ::om)]
async fn r#enum() {}

#[::om::capability("keywords.extern", crate = ::om)]
async fn r#extern() {}

#[::om::capability("keywords.false", crate = ::om)]
async fn r#false() {}

#[::om::capability("keywords.final", crate = ::om)]
async fn r#final() {}

#[::om::capability("keywords.fn", crate = ::om)]
async fn r#fn() {}

#[::om::capability("keywords.for", crate = ::om)]
async fn r#for() {}

#[::om::capability("keywords.gen", crate = ::om)]
async fn r#gen() {}

#[::om::capability("keywords.if", crate = ::om)]
async fn r#if() {}

#[::om::capability("keywords.impl", crate = ::om)]
async fn r#impl() {}

#[::om::capability("keywords.in", crate = ::om)]
async fn r#in() {}

#[::om::capability("keywords.let", crate = ::om)]
async fn r#let() {}

#[::om::capability("keywords.loop", crate = ::om)]
async fn r#loop() {}

#[::om::capability("keywords.macro", crate = ::om)]
async fn r#macro() {}

#[::om::capability("keywords.match", crate = ::om)]
async fn r#match() {}

#[::om::capability("keywords.mod", crate = ::om)]
async fn r#mod() {}

#[::om::capability("keywords.move", crate = ::om)]
async fn r#move() {}

#[::om::capability("keywords.mut", crate = ::om)]
async fn r#mut() {}

#[::om::capability("keywords.override", crate = ::om)]
async fn r#override() {}

#[::om::capability("keywords.priv", crate = ::om)]
async fn r#priv() {}

#[::om::capability("keywords.pub", crate = ::om)]
async fn r#pub() {}

#[::om::capability("keywords.raw", crate = ::om)]
async fn raw() {}

#[::om::capability("keywords.ref", crate = ::om)]
async fn r#ref() {}

#[::om::capability("keywords.return", crate = ::om)]
async fn r#return() {}

#[::om::capability("keywords.safe", crate = ::om)]
async fn safe() {}

#[::om::capability("keywords.static", crate = ::om)]
async fn r#static() {}

#[::om::capability("keywords.struct", crate = ::om)]
async fn r#struct() {}

#[::om::capability("keywords.trait", crate = ::om)]
async fn r#trait() {}

#[::om::capability("keywords.true", crate = ::om)]
async fn r#true() {}

#[::om::capability("keywords.try", crate = ::om)]
async fn r#try() {}

#[::om::capability("keywords.type", crate = ::om)]
async fn r#type() {}

#[::om::capability("keywords.typeof", crate = ::om)]
async fn r#typeof() {}

#[::om::capability("keywords.union", crate = ::om)]
async fn union() {}

#[::om::capability("keywords.unsafe", crate = ::om)]
async fn r#unsafe() {}

#[::om::capability("keywords.unsized", crate = ::om)]
async fn r#unsized() {}

#[::om::capability("keywords.use", crate = ::om)]
async fn r#use() {}

#[::om::capability("keywords.virtual", crate = ::om)]
async fn r#virtual() {}

#[::om::capability("keywords.where", crate = ::om)]
async fn r#where() {}

#[::om::capability("keywords.while", crate = ::om)]
async fn r#while() {}

#[::om::capability("keywords.yield", crate = ::om)]
async fn r#yield() {}
