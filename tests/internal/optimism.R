d <- read.csv("optimism.csv"); idx <- as.matrix(read.csv("optimism_rows.csv", header=FALSE))
suppressMessages(library(rms)); suppressMessages(library(pROC))
f <- y ~ x0+x1+x2+x3+x4+x5; ctl <- glm.control(epsilon=1e-14, maxit=100)
m <- function(y,lp){p <- plogis(lp)
 c(auroc=as.numeric(auc(roc(y,lp,quiet=TRUE,direction="<"))), slope=unname(coef(glm(y~lp,family=binomial,control=ctl))[2]),
   citl=unname(coef(glm(y~offset(lp),family=binomial,control=ctl))[1]), brier=mean((y-p)^2), oe=mean(y)/mean(p),
   nb=mean(y*(p>=.3))-mean((1-y)*(p>=.3))*.3/.7)}
fit <- glm(f,binomial,d,control=ctl); app <- m(d$y,predict(fit))
o <- t(apply(idx,1,function(i){g <- glm(f,binomial,d[i,],control=ctl); m(d$y[i],predict(g,d[i,]))-m(d$y,predict(g,d))}))
oob <- rowMeans(apply(idx,1,function(i){g <- glm(f,binomial,d[i,],control=ctl); j <- setdiff(1:nrow(d),i); m(d$y[j],predict(g,d[j,]))[c(1,4)]}))
options(digits=12); print(app); print(app-colMeans(o)); print(oob)
p <- predict(fit,type="response"); print(c(gamma=mean(outer(d$y,p,function(a,b)(a-b)^2))))
set.seed(1); l <- lrm(f,d,x=TRUE,y=TRUE); v <- validate(l,B=500); print(v[c("Dxy","Intercept","Slope","B"),])
print(packageVersion("rms"))
